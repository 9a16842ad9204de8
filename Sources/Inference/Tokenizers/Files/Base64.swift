/// Bytes in letters, as files of tokens and character maps have them.
enum Base64 {
  /// The six bits of each letter, or -1.
  private static let values: [Int8] = {
    var values = [Int8](repeating: -1, count: 256)
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for (value, letter) in letters.utf8.enumerated() { values[Int(letter)] = Int8(value) }
    return values
  }()

  /// The bytes of a text, or `nil` if it is not Base64 with its padding.
  static func decoded(_ text: Span<UInt8>) -> [UInt8]? {
    guard text.count % 4 == 0 else { return nil }
    let values = values
    let padding = UInt8(ascii: "=")
    var end = text.count
    while end > 0, text.count - end < 2, text[end - 1] == padding { end -= 1 }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 4 * 3)
    var bits: UInt32 = 0
    for index in 0..<end {
      let value = values[Int(text[index])]
      guard value >= 0 else { return nil }
      bits = bits << 6 | UInt32(value)
      switch index & 3 {
      case 1: bytes.append(UInt8(truncatingIfNeeded: bits >> 4))
      case 2: bytes.append(UInt8(truncatingIfNeeded: bits >> 2))
      case 3: bytes.append(UInt8(truncatingIfNeeded: bits))
      default: break
      }
    }
    return bytes
  }
}
