public import Core

extension CheckpointReport {
  /// The facts that people look for first, one on a line.
  public var summary: String {
    let shares = dtypes.map { share in
      let fraction = byteCount > 0 ? Double(share.byteCount) / Double(byteCount) : 0
      return "\(share.dtype) \(NumberText.percent(fraction)) %"
    }
    let lines: [(String, String?)] = [
      ("format", formatText), ("architecture", checkpoint.architecture),
      ("parameters", NumberText.grouped(parameterCount)),
      ("bytes", NumberText.bytes(byteCount)),
      ("dtypes", shares.isEmpty ? nil : shares.joined(separator: ", ")),
      ("layers", facts.layerCount.map(NumberText.grouped)),
      ("hidden size", facts.hiddenSize.map(NumberText.grouped)), ("heads", headText),
      ("context", facts.contextLength.map { "\(NumberText.grouped($0)) tokens" }),
      ("vocabulary", facts.vocabularySize.map { "\(NumberText.grouped($0)) tokens" }),
      ("content hash", contentHash?.description),
    ]
    let known = lines.compactMap { name, value in value.map { (name: name, value: $0) } }
    let width = known.map(\.name.count).max() ?? 0
    let text = known.map { name, value in
      "  \(name)\(String(repeating: " ", count: width - name.count))  \(value)\n"
    }
    return "\(checkpoint.path)\n" + text.joined()
  }

  private var formatText: String {
    let count = checkpoint.shards.count
    return checkpoint.format.rawValue + (count > 1 ? ", \(count) shards" : "")
  }

  private var headText: String? {
    guard let heads = facts.headCount else { return nil }
    guard let pairs = facts.keyValueHeadCount, pairs != heads else { return "\(heads)" }
    return "\(heads), \(pairs) for keys and values"
  }

  /// One row for each group of equal layers, and for each tensor outside layers.
  public static func groupTable(_ reports: [CheckpointReport]) -> TextTable {
    let columns: [TextTable.Column] = [
      .words("tensors", key: "group"), .numbers("count", key: "tensor_count"),
      .numbers("parameters", key: "parameter_count"), .numbers("bytes", key: "byte_count"),
      .words("dtypes", key: "dtypes"), .words("shape", key: "shape"),
    ]
    return table(reports, columns) { report in
      LayerGroup.groups(report.tensors).map { group in
        [
          "\(group.title)", .count(group.tensorCount), .count(group.parameterCount),
          .count(group.byteCount),
          "\(group.dtypes.map(\.description).joined(separator: " "))",
          "\(shapeText(group.shape))",
        ]
      }
    }
  }

  /// One row for each tensor.
  public static func tensorTable(_ reports: [CheckpointReport]) -> TextTable {
    let hasHashes = reports.contains { !$0.hashes.isEmpty }
    let columns: [TextTable.Column] = [
      .words("name", key: "name"), .words("role", key: "role"), .words("dtype", key: "dtype"),
      .words("shape", key: "shape"), .numbers("bytes", key: "byte_count"),
      .numbers("shard", key: "shard"), .numbers("offset", key: "file_offset"),
    ]
    let hashColumn = TextTable.Column.words("content hash", key: "content_hash")
    return table(reports, columns + (hasHashes ? [hashColumn] : [])) { report in
      report.tensors.map { tensor in
        let hash = report.hashes[tensor.name]?.content?.description ?? NumberText.missing
        return [
          "\(tensor.name)", "\(tensor.role?.description ?? NumberText.missing)",
          "\(tensor.dtype)", "\(shapeText(tensor.shape))", .count(tensor.byteCount),
          .count(tensor.shardIndex), .count(tensor.fileOffset),
        ] + (hasHashes ? ["\(hash)"] : [])
      }
    }
  }

  /// The rows of all checkpoints, with their paths in front where there are several.
  private static func table(
    _ reports: [CheckpointReport], _ columns: [TextTable.Column],
    _ rows: (CheckpointReport) -> [[TextTable.Cell]]
  ) -> TextTable {
    guard reports.count > 1 else { return TextTable(columns: columns, rows: reports.flatMap(rows)) }
    return TextTable(
      columns: [.words("checkpoint", key: "checkpoint")] + columns,
      rows: reports.flatMap { report in rows(report).map { ["\(report.checkpoint.path)"] + $0 } })
  }

  private static func shapeText(_ shape: [Int]?) -> String {
    guard let shape else { return "" }
    return shape.isEmpty ? "scalar" : shape.map(String.init).joined(separator: "×")
  }
}
