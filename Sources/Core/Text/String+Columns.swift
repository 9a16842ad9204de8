extension String {
  /// How many columns of a terminal the text takes: marks that combine take none, East Asian wide
  /// characters and pictures two.
  var terminalColumns: Int { unicodeScalars.reduce(0) { $0 + $1.terminalColumns } }
}

extension Unicode.Scalar {
  /// The blocks of characters that Unicode's EastAsianWidth.txt calls wide or fullwidth; the few
  /// narrow ones among them are not told apart.
  private static let wideBlocks: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3,
    0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x1B000...0x1B2FF,
    0x20000...0x3FFFD,
  ]

  fileprivate var terminalColumns: Int {
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    let isWide =
      properties.isEmojiPresentation || Self.wideBlocks.contains { $0.contains(value) }
    return isWide ? 2 : 1
  }
}
