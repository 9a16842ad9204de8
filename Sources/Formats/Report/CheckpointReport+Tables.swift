public import Core

extension CheckpointReport {
  /// The facts that people look for first, one on a line.
  public var summary: String {
    let shares = dtypes.map { share in
      let fraction = byteCount > 0 ? Double(share.byteCount) / Double(byteCount) : 0
      return "\(share.dtype) \(NumberText.percent(fraction)) %"
    }
    let lines: [(String, String?)] = [
      ("format", formatText), ("architecture", architecture), ("name", background.name),
      ("parameters", parameterText),
      ("bytes", "\(NumberText.grouped(byteCount)) (\(NumberText.bytes(byteCount)))"),
      ("bits per weight", bitsPerWeight.map { NumberText.significant($0, digits: 4) }),
      ("dtypes", shares.isEmpty ? nil : Self.listed(shares)),
      ("quantization", background.quantization),
      ("layers", facts.layerCount.map(NumberText.grouped)),
      ("hidden size", facts.hiddenSize.map(NumberText.grouped)), ("heads", headText),
      ("context", facts.contextLength.map { "\(NumberText.grouped($0)) tokens" }),
      ("vocabulary", vocabularyText), ("chat template", background.hasChatTemplate ? "yes" : "no"),
      ("made from", background.baseModels.isEmpty ? nil : Self.listed(background.baseModels)),
      ("training step", trainingText),
      ("content hash", hashes?.contentHash?.description),
    ]
    let known = lines.compactMap { name, value in value.map { (name: name, value: $0) } }
    let width = known.map(\.name.count).max() ?? 0
    let text = known.map { name, value in
      "  \(name)\(String(repeating: " ", count: width - name.count))  "
        + "\(value.escapingControls)\n"
    }
    return "\(path.escapingControls)\n" + text.joined()
  }

  /// The first of several, and how many more there are.
  private static func listed(_ texts: [String], limit: Int = 6) -> String {
    let shown = texts.prefix(limit).joined(separator: ", ")
    return texts.count > limit ? "\(shown) and \(texts.count - limit) more" : shown
  }

  private var formatText: String {
    let count = checkpoint.shards.count
    return checkpoint.format.rawValue + (count > 1 ? ", \(count) shards" : "")
  }

  /// All digits, and a size that can be said.
  private var parameterText: String {
    let units = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")]
    let count = Double(parameterCount)
    // What rounds up to the next unit belongs to it.
    guard let (size, unit) = units.first(where: { count >= $0.0 * 0.9995 }) else {
      return "\(parameterCount)"
    }
    return "\(NumberText.grouped(parameterCount)) "
      + "(\(NumberText.significant(count / size, digits: 3)) \(unit))"
  }

  private var vocabularyText: String? {
    let size = facts.vocabularySize.map { "\(NumberText.grouped($0)) tokens" }
    let parts = [size, background.tokenizerKind].compactMap(\.self)
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }

  private var trainingText: String? {
    let epoch = background.trainingEpoch.map { "epoch \(NumberText.significant($0))" }
    let parts = [background.trainingStep.map(NumberText.grouped), epoch].compactMap(\.self)
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
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
          shapeCell(group.shape),
        ]
      }
    }
  }

  /// One row for each tensor.
  public static func tensorTable(_ reports: [CheckpointReport]) -> TextTable {
    let columns: [TextTable.Column] = [
      .words("name", key: "name"), .words("role", key: "role"), .words("dtype", key: "dtype"),
      .words("shape", key: "shape"), .numbers("bytes", key: "byte_count"),
      .numbers("shard", key: "shard"), .numbers("offset", key: "file_offset"),
    ]
    let hasHashes = reports.contains { $0.hashes != nil }
    return table(reports, columns + (hasHashes ? [hashColumn] : [])) { report in
      report.tensors.map { tensor in
        [
          "\(tensor.name)",
          TextTable.Cell(
            tensor.role?.description ?? NumberText.missing, raw: tensor.role?.description ?? ""),
          "\(tensor.dtype)", shapeCell(tensor.shape), .count(tensor.byteCount),
          .count(tensor.shardIndex), .count(tensor.fileOffset),
        ] + (hasHashes ? [hashCell(tensor, report)] : [])
      }
    }
  }

  /// One row for each tensor whose values were looked at.
  public static func statisticsTable(_ reports: [CheckpointReport]) -> TextTable {
    let hasKurtosis = reports.contains { report in
      report.statistics.values.contains { $0.histogram != nil }
    }
    let columns: [TextTable.Column] = [
      .words("name", key: "name"), .words("dtype", key: "dtype"), .numbers("mean", key: "mean"),
      .numbers("std", key: "std"), .numbers("min", key: "min"), .numbers("max", key: "max"),
      .numbers("L2", key: "l2"), .numbers("zero %", key: "zero_fraction"),
      .numbers("NaN", key: "nan_count"), .numbers("Inf", key: "inf_count"),
      .numbers("subn.", key: "subnormal_count"),
    ]
    let hasHashes = reports.contains { $0.hashes != nil }
    let more =
      (hasKurtosis ? [TextTable.Column.numbers("kurtosis", key: "kurtosis")] : [])
      + (hasHashes ? [hashColumn] : [])
    return table(reports, columns + more) { report in
      report.tensors.map { tensor in
        let values = report.statistics[tensor.name]
        return [
          "\(tensor.name)", "\(tensor.dtype)", .significant(values?.mean, digits: 3),
          .significant(values?.std, digits: 3), .significant(values?.min, digits: 3),
          .significant(values?.max, digits: 3), .significant(values?.l2, digits: 3),
          .percent(values?.zeroFraction), .count(values?.nanCount),
          .count(values?.infiniteCount), .count(values?.subnormalCount),
        ] + (hasKurtosis ? [.significant(values?.kurtosis, digits: 3)] : [])
          + (hasHashes ? [hashCell(tensor, report)] : [])
      }
    }
  }

  /// One row for each range of magnitudes that some listed tensor has values in.
  public static func histogramTable(_ reports: [CheckpointReport]) -> TextTable {
    let columns: [TextTable.Column] = [
      .words("magnitude", key: "lower_edge"), .numbers("values", key: "count"),
      .numbers("%", key: "fraction"), .words("", key: "bar"),
    ]
    return table(reports, columns) { report in
      let histograms = report.statistics.values.compactMap(\.histogram)
      var counts = [Int](repeating: 0, count: histograms.first?.counts.count ?? 0)
      for histogram in histograms {
        for (bin, count) in histogram.counts.enumerated() { counts[bin] += count }
      }
      let zeros = histograms.reduce(0) { $0 + $1.zeroCount }
      let total = Double(counts.reduce(zeros, +))
      let most = Double(max(counts.max() ?? 0, zeros, 1))
      func row(_ edge: TextTable.Cell, _ count: Int) -> [TextTable.Cell] {
        let bar = String(repeating: "█", count: Int(Double(count) / most * 30))
        return [edge, .count(count), .percent(Double(count) / total), TextTable.Cell(bar, raw: "")]
      }
      let used = counts.indices.filter { counts[$0] > 0 }
      guard total > 0 else { return [] }
      return (zeros > 0 ? [row(TextTable.Cell("0", raw: "0.0"), zeros)] : [])
        + ((used.first ?? 0)..<(used.last ?? -1) + 1).map { bin in
          let edge = ExponentHistogram.lowerEdge(bin)
          return row(.significant(edge, digits: 3), counts[bin])
        }
    }
  }

  /// One row for each problem, those that matter most first.
  public static func problemTable(_ inspections: [Inspection]) -> TextTable {
    let columns: [TextTable.Column] = [
      .words("severity", key: "severity"), .words("tensor", key: "tensor"),
      .words("problem", key: "message"), .numbers("byte", key: "file_offset"),
      .words("file", key: "path"),
    ]
    let problems = inspections.flatMap(\.problems)
    let sorted =
      problems.filter { $0.problem.severity == .error }
      + problems.filter { $0.problem.severity != .error }
    return TextTable(
      columns: columns,
      rows: sorted.map { problem in
        [
          "\(problem.problem.severity.rawValue)", "\(problem.tensor ?? "")",
          "\(problem.problem.message)", problem.offset.map { .count($0) } ?? "",
          "\(problem.path)",
        ]
      })
  }

  /// The rows of all checkpoints, with their paths in front where there are several.
  private static func table(
    _ reports: [CheckpointReport], _ columns: [TextTable.Column],
    _ rows: (CheckpointReport) -> [[TextTable.Cell]]
  ) -> TextTable {
    guard reports.count > 1 else { return TextTable(columns: columns, rows: reports.flatMap(rows)) }
    return TextTable(
      columns: [.words("checkpoint", key: "checkpoint")] + columns,
      rows: reports.flatMap { report in rows(report).map { ["\(report.path)"] + $0 } })
  }

  private static func shapeCell(_ shape: [Int]?) -> TextTable.Cell {
    guard let shape else { return "" }
    let sizes = shape.map(String.init)
    return TextTable.Cell(
      shape.isEmpty ? "scalar" : sizes.joined(separator: "×"), raw: sizes.joined(separator: "x"))
  }

  private static var hashColumn: TextTable.Column { .words("content hash", key: "content_hash") }

  private static func hashCell(_ tensor: TensorInfo, _ report: CheckpointReport) -> TextTable.Cell {
    let hash = report.hashes?.byName[tensor.name]?.content?.description
    return TextTable.Cell(hash ?? NumberText.missing, raw: hash ?? "")
  }
}
