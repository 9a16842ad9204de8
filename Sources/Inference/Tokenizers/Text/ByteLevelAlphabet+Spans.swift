import Formats

extension ByteLevelAlphabet {
  /// Adds the characters of bytes.
  static func append(_ bytes: Span<UInt8>, to spelled: inout [UInt8]) {
    let scalars = scalars
    for index in bytes.indices { spelled.append(scalar: scalars[Int(bytes[index])]) }
  }
}
