import Core
import OrderedCollections

/// What a safetensors header says of one tensor, read but not yet checked.
struct SafetensorsEntry {
  var name: String
  /// Where its key stands in the file.
  var keyOffset: Int
  var dtype: String?
  var shape: [Int]?
  /// The first byte and the byte after the last, counted from the start of the data.
  var dataOffsets: [Int]?

  /// Reads a whole header, which begins at `baseOffset` in the file; when it fails, `current` is
  /// the tensor that was being read.
  static func readAll(
    _ bytes: [UInt8], baseOffset: Int, current: inout String?
  ) throws(JSONError) -> (entries: [Self], metadata: OrderedDictionary<String, JSONValue>) {
    var reader = JSONReader(bytes, baseOffset: baseOffset)
    var entries: [Self] = []
    var metadata: OrderedDictionary<String, JSONValue> = [:]
    try reader.beginObject()
    while let key = try reader.nextKey() {
      if key == "__metadata__" {
        metadata = try readMetadata(&reader)
      } else {
        current = key
        entries.append(try Self(name: key, &reader))
        current = nil
      }
    }
    try reader.finish()
    return (entries, metadata)
  }

  private init(name: String, _ reader: inout JSONReader) throws(JSONError) {
    self.name = name
    keyOffset = reader.keyOffset
    try reader.beginObject()
    while let key = try reader.nextKey() {
      switch key {
      case "dtype": dtype = try reader.readString()
      case "shape": shape = try Self.readIntegers(&reader)
      case "data_offsets": dataOffsets = try Self.readIntegers(&reader)
      default: try reader.skipValue()
      }
    }
  }

  private static func readIntegers(_ reader: inout JSONReader) throws(JSONError) -> [Int] {
    var integers: [Int] = []
    try reader.beginArray()
    while try reader.nextElement() { integers.append(try reader.readInteger()) }
    return integers
  }

  private static func readMetadata(
    _ reader: inout JSONReader
  ) throws(JSONError) -> OrderedDictionary<String, JSONValue> {
    var metadata: OrderedDictionary<String, JSONValue> = [:]
    try reader.beginObject()
    while let key = try reader.nextKey() { metadata[key] = .string(try reader.readString()) }
    return metadata
  }
}
