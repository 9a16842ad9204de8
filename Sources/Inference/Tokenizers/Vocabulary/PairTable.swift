/// A map from two neighbouring tokens to what they merge into.
struct PairTable: Sendable {
  /// What a pair merges into.
  struct Merge {
    /// The place of the merge in the order of all merges.
    var rank: Int32
    /// The token that the pair makes.
    var result: Int32
  }

  private struct Slot {
    var key: UInt64
    var merge: Merge
  }

  private static let free = UInt64.max

  /// At most half of them are taken.
  private var slots: [Slot]
  private let shift: Int

  /// Creates a table.
  ///
  /// - Parameter merges: For each merge, in order of rank, the ids of its parts and of the token that
  ///   they make; of two for the same pair the later one counts.
  init(_ merges: [(left: Int32, right: Int32, result: Int32)]) {
    self.init(capacity: merges.count)
    for (rank, merge) in merges.enumerated() {
      set(
        merge.left, merge.right,
        Merge(rank: Int32(truncatingIfNeeded: rank), result: merge.result))
    }
  }

  /// Creates an empty table with room for some pairs.
  init(capacity: Int) {
    var bits = 4
    while 1 << bits < 2 * capacity { bits += 1 }
    shift = 64 - bits
    slots = Array(
      repeating: Slot(key: Self.free, merge: Merge(rank: 0, result: 0)), count: 1 << bits)
  }

  /// Sets what two tokens merge into; there must be room for the pair.
  mutating func set(_ left: Int32, _ right: Int32, _ merge: Merge) {
    let key = Self.key(left, right)
    slots[slot(of: key)] = Slot(key: key, merge: merge)
  }

  /// What two tokens merge into.
  @inline(__always)
  subscript(left: Int32, right: Int32) -> Merge? {
    let found = slots[slot(of: Self.key(left, right))]
    return found.key == Self.free ? nil : found.merge
  }

  @inline(__always)
  private func slot(of key: UInt64) -> Int {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: (key &* 0x9e37_79b9_7f4a_7c15) >> UInt64(shift))
    while slots[slot].key != key, slots[slot].key != Self.free { slot = (slot + 1) & mask }
    return slot
  }

  @inline(__always)
  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }
}
