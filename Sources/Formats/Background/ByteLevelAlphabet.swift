/// The printable characters that byte-level tokenizers write bytes with (GPT-2's table).
///
/// Bytes that print stand for themselves; the others are numbered from U+0100 in ascending order.
public enum ByteLevelAlphabet {
  /// The character of each byte.
  public static let characters: [Unicode.Scalar] = {
    let printable = [0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF]
    var next: UInt32 = 0x100
    return (0..<256).map { byte in
      if printable.contains(where: { $0.contains(byte) }) { return Unicode.Scalar(UInt8(byte)) }
      defer { next += 1 }
      return Unicode.Scalar(next) ?? "?"
    }
  }()

  /// The byte of each character.
  public static let bytes: [Unicode.Scalar: UInt8] = Dictionary(
    uniqueKeysWithValues: characters.enumerated().map { ($1, UInt8($0)) })

  /// The bytes that a token stands for, or `nil` if it holds a character of no byte.
  public static func bytes(of token: String) -> [UInt8]? {
    var result: [UInt8] = []
    for scalar in token.unicodeScalars {
      guard let byte = bytes[scalar] else { return nil }
      result.append(byte)
    }
    return result
  }
}
