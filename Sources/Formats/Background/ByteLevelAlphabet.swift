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
  private static let bytes: [Int16] = {
    var bytes = [Int16](repeating: -1, count: 0x180)
    for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar)] = Int16(byte) }
    return bytes
  }()

  /// The bytes that a spelling stands for, or `nil` if it holds a character of no byte.
  public static func bytes(of spelling: Span<UInt8>) -> [UInt8]? {
    let bytes = bytes
    var result: [UInt8] = []
    result.reserveCapacity(spelling.count)
    var position = 0
    while position < spelling.count {
      // Spellings of some files are not UTF-8; the alphabet's scalars have two bytes at most.
      var value = Int(spelling[position])
      position += 1
      if value >= 0x80 {
        guard (0xC2...0xC5).contains(value), position < spelling.count,
          spelling[position] & 0xC0 == 0x80
        else { return nil }
        value = (value & 0x1F) << 6 | Int(spelling[position] & 0x3F)
        position += 1
      }
      guard bytes[value] >= 0 else { return nil }
      result.append(UInt8(bytes[value]))
    }
    return result
  }
}
