public import Core
import Foundation
public import OrderedCollections

/// Writes a tuned model with a part of its base put back as a folder that transformers loads.
///
/// Names, configuration and tokenizer are those of the tuned model's Hugging Face folder, or of the base's
/// where the tuned model is a GGUF file. The folder appears whole or not at all.
public struct BlendWriter: Sendable {
  private let pair: BlendPair
  private let part: ModelPart
  private let alpha: Double
  /// The checkpoint whose names, configuration and tokenizer are written.
  private let donor: Checkpoint
  private let tensors: [SafetensorsTensor]
  /// What became of every tensor, by the names in the file.
  private let origins: OrderedDictionary<String, Origin>
  /// What a reader must know, in words.
  public let notes: [String]

  /// Where a tensor's values come from.
  public enum Origin: String, Sendable {
    case tuned, base, blend
  }

  /// What was written.
  public struct Record: Sendable {
    /// The files, in alphabetical order.
    public var files: [String]
    /// How many tensors come from where.
    public var counts: OrderedDictionary<Origin, Int>
    /// What `lethe_restore.json` holds.
    public var document: JSONValue
  }

  /// The file that says what was put back.
  public static let recordName = "lethe_restore.json"

  /// Finds a name and a dtype for every tensor.
  ///
  /// - Parameters:
  ///   - pair: The two models.
  ///   - part: What is put back.
  ///   - alpha: The share of the base, see ``BlendPair/model(_:alpha:name:)``.
  /// - Throws: `InputError` where nothing is put back, or where there is no folder with a configuration
  ///   or no name that transformers would know; ``CheckpointError`` for a tensor that cannot be stored.
  public init(_ pair: BlendPair, part: ModelPart, alpha: Double) throws {
    guard pair.contains(part) else {
      throw InputError(path: pair.base.path, "has nothing to put back of what is asked for")
    }
    self.pair = pair
    self.part = part
    self.alpha = alpha
    donor = try Self.donor(pair)
    let namer = BlendNames(pair, donor: donor)
    let source = pair.model(part, alpha: alpha, name: "\(pair.tuned.path) with \(pair.base.path)")
    var tensors: [SafetensorsTensor] = []
    var origins: OrderedDictionary<String, Origin> = [:]
    var widened: [String] = []
    for link in pair.links {
      guard let name = try namer.name(of: link), let info = source.tensor(named: link.tuned.name)
      else { continue }
      let (encoding, isExact) = Self.encoding(link.tuned, of: pair.tuned)
      if !isExact { widened.append(name) }
      var tensor = try SafetensorsTensor(info, of: source, name: name, as: encoding)
      tensor.shape = info.logicalShape
      tensors.append(tensor)
      origins[name] = Self.origin(of: link, in: part, alpha: alpha)
    }
    self.tensors = tensors
    self.origins = origins
    notes =
      pair.notes
      + (widened.isEmpty
        ? []
        : ["\(widened.count) tensors are packed or of 64 bits and are written as plain floats"])
  }

  private static func donor(_ pair: BlendPair) throws(InputError) -> Checkpoint {
    let candidates = [pair.tuned.checkpoint, pair.base.checkpoint]
    guard let donor = candidates.first(where: { $0.format != .gguf && $0.configDocument != nil })
    else {
      throw InputError(
        path: pair.tuned.path,
        "neither this nor \(pair.base.path) is a folder with a 'config.json'",
        hint: "give one of the two as a Hugging Face folder: its names and configuration are used")
    }
    let rows = pair.tuned.tensor(role: Role(layer: nil, component: .token_embd))?.logicalShape.first
    if let rows, let own = donor.tensor(role: Role(layer: nil, component: .token_embd)),
      donor.format != pair.tuned.checkpoint.format || donor.path != pair.tuned.checkpoint.path,
      own.logicalShape.first != rows
    {
      throw InputError(
        path: pair.tuned.path,
        "embedding of \(rows) rows does not fit the configuration of \(donor.path), which has "
          + "\(own.logicalShape.first ?? 0)")
    }
    return donor
  }

  private static func origin(
    of link: BlendPair.Link, in part: ModelPart, alpha: Double
  ) -> Origin {
    guard alpha > 0, let base = link.base, part.contains(link.deciding) else { return .tuned }
    return alpha == 1 && base.logicalShape == link.tuned.logicalShape ? .base : .blend
  }

  /// How a tensor of the tuned model is stored: as it is there, if those are plain floats, else in the
  /// type that its configuration names.
  private static func encoding(
    _ tensor: TensorInfo, of tuned: ModelSource
  ) -> (encoding: SafetensorsTensor.Encoding, isExact: Bool) {
    // What an adapter changes is stored in the type that it was stored in before.
    let stored = tuned.checkpoint.tensor(named: tensor.name)?.dtype ?? tensor.dtype
    let dtype = tensor.dtype == .f32 ? stored : tensor.dtype
    switch dtype {
    case .f32: return (.f32, true)
    case .f16: return (.f16, true)
    case .bf16: return (.bf16, true)
    default:
      let config = tuned.checkpoint.configDocument
      let name = config?["dtype"]?.string ?? config?["torch_dtype"]?.string
      switch name {
      case "float16": return (.f16, false)
      case "bfloat16": return (.bf16, false)
      default: return (.f32, false)
      }
    }
  }

  // MARK: - Writing

  /// Writes the folder.
  ///
  /// - Parameters:
  ///   - path: The folder; it does not exist, or is empty.
  ///   - version: Lethe's version, for the record.
  ///   - workGroup: The threads that hash.
  ///   - progress: Told how many bytes have been written.
  /// - Returns: What was written.
  /// - Throws: `InputError` if the folder holds something or cannot be written; ``CheckpointError`` if
  ///   values cannot be read.
  public func write(
    toFolder path: String, version: String, workGroup: WorkGroup,
    progress: WorkProgress.Handler? = nil
  ) throws -> Record {
    try Self.requireFree(path)
    let target = URL(filePath: path).standardizedFileURL
    let parent = target.deletingLastPathComponent()
    let draft = parent.appending(path: ".\(target.lastPathComponent).\(UUID().uuidString)")
    let files = FileManager.default
    do {
      try files.createDirectory(at: draft, withIntermediateDirectories: true)
    } catch {
      throw InputError(path: path, "no folder can be made here: \(error.localizedDescription)")
    }
    do {
      var document = try record(version: version, workGroup: workGroup)
      let folder = draft.path(percentEncoded: false)
      var writer = SafetensorsWriter()
      writer.metadata = metadata(document)
      try writer.write(tensors, toFolder: folder, progress: progress)
      try writeNeighbours(toFolder: folder)
      let written = try Checkpoint(path: folder)
      document["content_hash"] = .string("\(try written.contentHash(workGroup: workGroup))")
      try Data((JSONValue.object(document).serialized(.pretty) + "\n").utf8)
        .write(to: draft.appending(path: Self.recordName))
      let names = try FilePath.names(inFolder: folder)
      try Self.rename(draft, to: target, path: path)
      return Record(files: names, counts: counts, document: .object(document))
    } catch {
      try? files.removeItem(at: draft)
      throw error
    }
  }

  private static func requireFree(_ path: String) throws {
    guard FileManager.default.fileExists(atPath: path) else { return }
    guard FilePath.isFolder(path) else { throw InputError(path: path, "is a file, not a folder") }
    if let name = try FilePath.names(inFolder: path).first {
      throw InputError(path: path, "already holds '\(name)'", hint: "give another folder")
    }
  }

  private static func rename(_ draft: URL, to target: URL, path: String) throws(InputError) {
    do {
      // Whatever has appeared in the folder meanwhile stays.
      if FileManager.default.fileExists(atPath: target.path(percentEncoded: false)) {
        try requireFree(path)
        try FileManager.default.removeItem(at: target)
      }
      try FileManager.default.moveItem(at: draft, to: target)
    } catch let error as InputError {
      throw error
    } catch {
      throw InputError(path: path, "cannot be made: \(error.localizedDescription)")
    }
  }

  private var counts: OrderedDictionary<Origin, Int> {
    origins.values.reduce(into: [:]) { $0[$1, default: 0] += 1 }
  }

  // MARK: - What it says of itself

  private func record(
    version: String, workGroup: WorkGroup
  ) throws -> OrderedDictionary<String, JSONValue> {
    func identity(_ source: ModelSource) throws -> JSONValue {
      [
        "path": .string(source.path),
        "content_hash": .string("\(try source.contentHash(workGroup: workGroup))"),
      ]
    }
    let layers = part.places.map { places in pair.places.filter(places.contains) }
    let components = part.components.map { chosen in pair.components.filter(chosen.contains) }
    return [
      "schema_version": 1,
      "lethe_version": .string(version),
      "base": try identity(pair.base),
      "tuned": try identity(pair.tuned),
      "alpha": .number(alpha),
      "layers": layers.map { .array($0.map { .string($0.description) }) } ?? .null,
      "components": components.map { .array($0.map { .string($0.rawValue) }) } ?? .null,
      "tensors": .array(
        origins.map { ["name": .string($0), "origin": .string($1.rawValue)] }),
      "notes": .array(notes.map(JSONValue.string)),
    ]
  }

  /// The same in short, for the files themselves.
  private func metadata(
    _ document: OrderedDictionary<String, JSONValue>
  ) -> OrderedDictionary<String, String> {
    var metadata: OrderedDictionary = ["format": "pt"]
    for key in ["lethe_version", "base", "tuned", "alpha", "layers", "components"] {
      guard let value = document[key], value != .null else { continue }
      metadata[key.hasPrefix("lethe") ? key : "lethe_\(key)"] = value.string ?? value.serialized()
    }
    return metadata
  }

  // MARK: - Files beside the weights

  /// What tokenizers and generation are made of.
  private static let neighbours = [
    "generation_config.json", "tokenizer.json", "tokenizer_config.json",
    "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt", "vocab.txt",
    "tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "chat_template.jinja",
    "chat_template.json",
  ]

  private func writeNeighbours(toFolder folder: String) throws {
    let anchor = donor.shards.first?.path ?? donor.path
    for name in Self.neighbours {
      guard let file = FilePath.existing(name, beside: anchor) else { continue }
      // A link is followed: the copy stands for itself.
      try Self.write(try MappedFile.contents(ofFile: file), to: FilePath.join(folder, name))
    }
    try Self.write(try configuration(anchor), to: FilePath.join(folder, "config.json"))
  }

  /// The configuration: that of the donor, byte for byte unless the tensors no longer fit it.
  private func configuration(_ anchor: String) throws -> [UInt8] {
    guard var config = donor.configDocument?.object else {
      throw InputError(path: donor.path, "has no 'config.json'")
    }
    let rows = pair.tuned.tensor(role: Role(layer: nil, component: .token_embd))?.logicalShape.first
    let hasOtherSize = rows.map { $0 != donor.config?.vocabularySize } ?? false
    let isPacked = config["quantization_config"] != nil
    if !hasOtherSize, !isPacked, let file = FilePath.existing("config.json", beside: anchor) {
      return try MappedFile.contents(ofFile: file)
    }
    if hasOtherSize, let rows { config["vocab_size"] = .integer(rows) }
    config["quantization_config"] = nil
    return Array((JSONValue.object(config).serialized(.pretty) + "\n").utf8)
  }

  private static func write(_ bytes: [UInt8], to path: String) throws(InputError) {
    let file = try AtomicFile(path: path)
    try file.append(bytes)
    try file.commit()
  }
}

/// What tensors of a blend are called in the file.
private struct BlendNames {
  private let pair: BlendPair
  private let isDonorTuned: Bool
  private let donor: Checkpoint

  init(_ pair: BlendPair, donor: Checkpoint) {
    self.pair = pair
    self.donor = donor
    isDonorTuned =
      pair.tuned.checkpoint.format != .gguf && pair.tuned.checkpoint.configDocument != nil
  }

  /// A tensor's name; `nil` for one that is not written, since it holds what another holds.
  func name(of link: BlendPair.Link) throws(InputError) -> String? {
    let source = isDonorTuned ? link.tuned : link.base
    guard let source else {
      throw InputError(
        path: pair.tuned.path, place: "tensor '\(link.tuned.name)'",
        "has no name in \(pair.base.path), so transformers would not find it")
    }
    let isOtherRole = source.role != link.tuned.role
    guard !isOtherRole else { return nil }
    guard source.layout.rows == .logical else {
      throw InputError(
        path: donor.path, place: "tensor '\(source.name)'",
        "is named as in LLaMA's own files, which transformers does not load")
    }
    return TensorName(source.name).parts.joined(separator: ".")
  }
}

extension ModelPart.Place: CustomStringConvertible {
  /// The stack and the layer, such as `decoder 3`.
  public var description: String {
    switch self {
    case .layer(let stack, let number): "\(stack.rawValue) \(number)"
    case .outside: "outside"
    }
  }
}
