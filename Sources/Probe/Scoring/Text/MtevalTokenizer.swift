import Templates

/// The tokenizer `13a` of mteval and sacrebleu: it sets off punctuation of western languages.
enum MtevalTokenizer {
  /// The tokens of a segment.
  static func tokens(_ text: some StringProtocol) -> [Substring] {
    var bytes = Array(text.utf8)
    bytes = replacing(bytes, "<skipped>", with: "")
    bytes = replacing(bytes, "-\n", with: "")
    bytes = replacing(bytes, "\n", with: " ")
    // In this order: what '&amp;' becomes may be the start of another.
    bytes = replacing(bytes, "&quot;", with: "\"")
    bytes = replacing(bytes, "&amp;", with: "&")
    bytes = replacing(bytes, "&lt;", with: "<")
    bytes = replacing(bytes, "&gt;", with: ">")
    bytes = settingOffPunctuation([space] + bytes + [space])
    bytes = settingOffMarksBehindOthers(bytes)
    bytes = settingOffMarksBeforeOthers(bytes)
    bytes = settingOffDashes(bytes)
    return PythonString.words(String(decoding: bytes, as: UTF8.self))
  }

  private static let space = UInt8(ascii: " ")
  private static let dash = UInt8(ascii: "-")

  private static func replacing(_ bytes: [UInt8], _ old: String, with new: String) -> [UInt8] {
    let old = Array(old.utf8)
    guard bytes.contains(old[0]) else { return bytes }
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index...].starts(with: old) {
        result += new.utf8
        index += old.count
      } else {
        result.append(bytes[index])
        index += 1
      }
    }
    return result
  }

  /// Blanks around each mark of ASCII but the apostrophe, comma, hyphen and full stop.
  private static func settingOffPunctuation(_ bytes: [UInt8]) -> [UInt8] {
    bytes.reduce(into: []) { result, byte in
      switch byte {
      case 0x20...0x26, 0x28...0x2B, 0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E:
        result += [space, byte, space]
      default: result.append(byte)
      }
    }
  }

  /// Blanks around a full stop or comma that stands behind something else than a digit.
  private static func settingOffMarksBehindOthers(_ bytes: [UInt8]) -> [UInt8] {
    rewriting(bytes, where: { !isDigit($0) && isMark($1) }, as: { [$0, space, $1, space] })
  }

  /// Blanks around a full stop or comma that stands before something else than a digit.
  private static func settingOffMarksBeforeOthers(_ bytes: [UInt8]) -> [UInt8] {
    rewriting(bytes, where: { isMark($0) && !isDigit($1) }, as: { [space, $0, space, $1] })
  }

  /// Blanks around a hyphen behind a digit.
  private static func settingOffDashes(_ bytes: [UInt8]) -> [UInt8] {
    rewriting(bytes, where: { isDigit($0) && $1 == dash }, as: { [$0, space, $1, space] })
  }

  /// Rewrites pairs of neighbours from left to right; no byte is part of two pairs.
  private static func rewriting(
    _ bytes: [UInt8], where matches: (UInt8, UInt8) -> Bool, as pair: (UInt8, UInt8) -> [UInt8]
  ) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count * 2)
    var index = 0
    while index < bytes.count {
      if index + 1 < bytes.count, matches(bytes[index], bytes[index + 1]) {
        result += pair(bytes[index], bytes[index + 1])
        index += 2
      } else {
        result.append(bytes[index])
        index += 1
      }
    }
    return result
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  private static func isMark(_ byte: UInt8) -> Bool { byte == 0x2E || byte == 0x2C }
}
