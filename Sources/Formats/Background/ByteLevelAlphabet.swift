/// The printable characters that byte-level tokenizers write bytes with (GPT-2's table).
///
/// Bytes that print stand for themselves; the others are numbered from U+0100 in ascending order.
public enum ByteLevelAlphabet {
  /// The scalar of each byte.
  public static let scalars: [UInt32] = {
    let printable: [ClosedRange<UInt32>] = [0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF]
    var next: UInt32 = 0x100
    return (0..<256 as Range<UInt32>).map { byte in
      if printable.contains(where: { $0.contains(byte) }) { return byte }
      defer { next += 1 }
      return next
    }
  }()

  /// For each scalar below U+0180 the byte that it stands for, or -1.
  public static let bytes: [Int16] = {
    var bytes = [Int16](repeating: -1, count: 0x180)
    for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar)] = Int16(byte) }
    return bytes
  }()

  /// The bytes that a token stands for, or `nil` if it holds a character of no byte.
  static func bytes(of token: String) -> [UInt8]? {
    let found = token.unicodeScalars.compactMap { scalar in
      scalar.value < 0x180 ? UInt8(exactly: bytes[Int(scalar.value)]) : nil
    }
    return found.count == token.unicodeScalars.count ? found : nil
  }
}
