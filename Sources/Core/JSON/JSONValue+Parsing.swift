import OrderedCollections

extension JSONValue {
  /// Reads a document.
  ///
  /// - Parameters:
  ///   - bytes: The document, and nothing else.
  ///   - baseOffset: Where it begins in its file; the offsets of errors count from there.
  /// - Throws: ``JSONError`` for anything that RFC 8259 does not allow, for a key that occurs
  ///   twice, and for more than ``JSONReader/defaultDepthLimit`` levels.
  public init(parsing bytes: [UInt8], baseOffset: Int = 0) throws(JSONError) {
    var reader = JSONReader(bytes, baseOffset: baseOffset)
    self = try reader.readValue()
    try reader.finish()
  }

  /// Reads a document.
  ///
  /// - Throws: ``JSONError``, with offsets in bytes of the text's UTF-8.
  public init(parsing text: String) throws(JSONError) {
    try self.init(parsing: Array(text.utf8))
  }
}

extension JSONReader {
  /// Reads an object whose members are all kept.
  mutating func readObject() throws(JSONError) -> OrderedDictionary<String, JSONValue> {
    var members: OrderedDictionary<String, JSONValue> = [:]
    try beginObject()
    while let key = try nextKey() {
      let keyOffset = keyOffset
      // The reader has ruled out equal bytes, but a dictionary takes 'é' and 'e' + U+0301 as one.
      guard members.updateValue(try readValue(), forKey: key) == nil else {
        throw JSONError(.equivalentKeys(key), at: keyOffset)
      }
    }
    return members
  }
}
