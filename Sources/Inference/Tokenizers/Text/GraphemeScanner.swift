/// Finds text in which each scalar surely is a grapheme cluster, so that only the rest is asked for.
enum GraphemeScanner {
  /// Whether there is a boundary between a scalar and any other of which this is true too.
  @inline(__always)
  static func isSimple(_ value: UInt32) -> Bool {
    value < 0x80 ? value != 0x0D : isSimpleBeyondASCII(value)
  }

  private static func isSimpleBeyondASCII(_ value: UInt32) -> Bool {
    switch value {
    // Jamo, and letters that belong to what is before or after them.
    case 0x1100...0x11FF, 0xA960...0xA97F, 0xD7B0...0xD7FF, 0x0E33, 0x0EB3, 0x0D4E, 0xFF9E, 0xFF9F,
      0x11000...0x11FFF, 0x1F1E6...0x1F1FF, 0x1F3FB...0x1F3FF, 0xE0000...0xE0FFF:
      return false
    default:
      let entry = ScalarTable.shared[value]
      return !entry.isIn([.marks, ScalarCategories(.format), ScalarCategories(.unassigned)])
    }
  }

  /// The first position from which two neighbouring scalars are simple, or the end.
  static func runEnd(_ text: Span<UInt8>, from start: Int) -> Int {
    var position = start
    while position < text.count {
      let (value, length) = text.scalar(at: position)
      position += length
      if isSimple(value), position < text.count, isSimple(text.scalar(at: position).value) {
        return position
      }
    }
    return position
  }
}
