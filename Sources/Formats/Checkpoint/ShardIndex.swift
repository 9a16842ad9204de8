import Core

/// The index of a sharded checkpoint: which shard holds which tensor.
struct ShardIndex {
  /// The index file.
  let path: String
  /// The shards' file names, in alphabetical order.
  let shardNames: [String]
  /// What the index says of each tensor.
  let places: [String: Place]

  /// What the index says of one tensor.
  struct Place {
    /// The shard's position in ``shardNames``.
    var shardIndex: Int
    /// Where the tensor's key stands in the file.
    var keyOffset: Int
    /// The tensor's number among those of the index, counted from 0.
    var number: Int
  }

  /// Reads an index file.
  init(path: String) throws(CheckpointError) {
    let file: MappedFile
    do { file = try MappedFile(path: path) } catch { throw CheckpointError(error, path: path) }
    self = try file.checked { () throws(CheckpointError) in try ShardIndex(file) }
  }

  /// Reads an index file's bytes.
  init(_ file: MappedFile) throws(CheckpointError) {
    path = file.path
    let entries: [Entry]
    do { entries = try Self.readEntries(file.allBytes) } catch {
      throw CheckpointError(error, path: path)
    }
    guard !entries.isEmpty else { throw CheckpointError(.emptyIndex, path: path) }
    var firstUses: [String: Int] = [:]
    // Neighbours are in one shard most of the time, and equal texts are soon compared.
    var previous: String?
    for (number, entry) in entries.enumerated() where entry.shard != previous {
      previous = entry.shard
      guard firstUses[entry.shard] == nil else { continue }
      guard Self.isSafe(entry.shard) else {
        throw CheckpointError(
          .unsafeShardPath(entry.shard), path: path, tensor: entry.tensor, offset: entry.offset)
      }
      firstUses[entry.shard] = number
    }
    shardNames = firstUses.keys.sorted()
    places = Self.places(entries, shardNames)
  }

  private static func places(_ entries: [Entry], _ shardNames: [String]) -> [String: Place] {
    let positions = Dictionary(
      uniqueKeysWithValues: shardNames.enumerated().map { ($0.element, $0.offset) })
    var places: [String: Place] = Dictionary(minimumCapacity: entries.count)
    var previous = (shard: "", position: 0)
    for (number, entry) in entries.enumerated() {
      if number == 0 || entry.shard != previous.shard {
        previous = (entry.shard, positions[entry.shard, default: 0])
      }
      places[entry.tensor] = Place(
        shardIndex: previous.position, keyOffset: entry.offset, number: number)
    }
    return places
  }

  /// An error about a tensor's line in the index.
  func error(_ problem: CheckpointError.Problem, tensor: String?) -> CheckpointError {
    CheckpointError(
      problem, path: path, tensor: tensor, offset: tensor.flatMap { places[$0]?.keyOffset })
  }

  private typealias Entry = (tensor: String, shard: String, offset: Int)

  private static func readEntries(_ bytes: [UInt8]) throws(JSONError) -> [Entry] {
    var reader = JSONReader(bytes)
    var entries: [Entry] = []
    try reader.beginObject()
    while let key = try reader.nextKey() {
      guard key == "weight_map" else {
        try reader.skipValue()
        continue
      }
      try reader.beginObject()
      while let tensor = try reader.nextKey() {
        let offset = reader.keyOffset
        let shard = try reader.readString()
        // Neighbours are in one shard most of the time: one text serves them all.
        let last = entries.last?.shard
        entries.append((tensor, last == shard ? last ?? shard : shard, offset))
      }
    }
    try reader.finish()
    return entries
  }

  /// Whether a shard's name stays inside the folder of the index.
  private static func isSafe(_ name: String) -> Bool {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    return !name.contains("\\") && !name.contains("\0")
      && parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
  }
}
