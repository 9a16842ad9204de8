/// Tokens that stand for one byte each, spelled `<0x00>` to `<0xFF>`.
enum ByteTokens {
  /// The spelling of a byte's token.
  static func spelling(of byte: UInt8) -> [UInt8] {
    let digits = String(byte, radix: 16, uppercase: true)
    return Array("<0x\(digits.count == 1 ? "0" : "")\(digits)>".utf8)
  }

  /// The tokens of all bytes, -1 for one that a vocabulary lacks.
  static func tokens(in vocabulary: TokenTable) -> [Int32] {
    (0..<256).map { vocabulary[spelling(of: UInt8($0))] ?? -1 }
  }

  /// The byte of a token, or `nil` for a token of another kind.
  static func byte(of token: [UInt8]) -> UInt8? {
    guard token.count == 6, token.starts(with: "<0x".utf8), token[5] == UInt8(ascii: ">") else {
      return nil
    }
    return UInt8(String(decoding: token[3..<5], as: UTF8.self), radix: 16)
  }
}
