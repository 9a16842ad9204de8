import Formats

extension ByteLevelAlphabet {
  /// The bytes that a spelling stands for, or `nil` if it holds a character of no byte.
  static func bytes(of spelling: Span<UInt8>) -> [UInt8]? {
    let bytes = bytes
    var result: [UInt8] = []
    result.reserveCapacity(spelling.count)
    var position = 0
    while position < spelling.count {
      let (value, length) = spelling.scalar(at: position)
      guard value < 0x180, bytes[Int(value)] >= 0 else { return nil }
      result.append(UInt8(bytes[Int(value)]))
      position += length
    }
    return result
  }

  /// Adds the characters of bytes.
  static func append(_ bytes: Span<UInt8>, to spelled: inout [UInt8]) {
    let scalars = scalars
    for index in bytes.indices { spelled.append(scalar: scalars[Int(bytes[index])]) }
  }
}
