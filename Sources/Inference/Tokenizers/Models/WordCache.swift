/// The tokens of words that have been seen; a word's tokens never depend on what is remembered.
struct WordCache {
  private struct Entry {
    var start: Int
    var idStart: Int
    var length: Int32
    var idCount: Int32
    var hash: UInt32
  }

  /// Longer words are not remembered.
  private static let longestWord = 256
  /// With so many words, all are forgotten.
  private static let wordLimit = 1 << 16
  private static let slotMask = 1 << 18 - 1

  private var slots: [UInt32] = []
  private var entries: [Entry] = []
  private var bytes: [UInt8] = []
  private var ids: [Int32] = []

  /// Adds the tokens of a word if they are remembered; otherwise they are made and remembered.
  @inline(__always)
  mutating func append(
    _ word: Span<UInt8>, to result: inout [Int32],
    make: (_ word: Span<UInt8>, _ result: inout [Int32]) -> Void
  ) {
    guard word.count <= Self.longestWord else {
      make(word, &result)
      return
    }
    if slots.isEmpty { slots = Array(repeating: 0, count: Self.slotMask + 1) }
    let hash = TokenTable.hash(word)
    var slot = Int(hash) & Self.slotMask
    while slots[slot] != 0 {
      let entry = entries[Int(slots[slot]) - 1]
      if entry.hash == hash, Int(entry.length) == word.count, matches(word, at: entry.start) {
        for index in entry.idStart..<entry.idStart + Int(entry.idCount) {
          result.append(ids[index])
        }
        return
      }
      slot = (slot + 1) & Self.slotMask
    }
    let first = result.count
    make(word, &result)
    remember(word, hash, slot, result[first...])
  }

  @inline(__always)
  private func matches(_ word: Span<UInt8>, at start: Int) -> Bool {
    for index in word.indices where bytes[start + index] != word[index] { return false }
    return true
  }

  private mutating func remember(
    _ word: Span<UInt8>, _ hash: UInt32, _ slot: Int, _ tokens: ArraySlice<Int32>
  ) {
    if entries.count == Self.wordLimit {
      self = WordCache()
      return
    }
    entries.append(
      Entry(
        start: bytes.count, idStart: ids.count, length: Int32(word.count),
        idCount: Int32(tokens.count), hash: hash))
    bytes.append(contentsOf: word)
    ids.append(contentsOf: tokens)
    slots[slot] = UInt32(entries.count)
  }
}
