/// A map from the bytes of tokens to their ids.
///
/// Keys are bytes, never `String`: Swift takes `é` and `e` + U+0301 for the same text, a tokenizer
/// does not. The bytes of all keys lie in one array, found by open addressing.
struct TokenTable: Sendable {
  private struct Entry {
    var start: UInt32
    var length: UInt32
    var id: Int32
  }

  private var bytes: [UInt8]
  private var entries: [Entry]
  /// For each slot the hash of its key above the index of its entry and one, 0 for none; at most
  /// half of them are taken.
  private var slots: [UInt64]

  /// Creates an empty table with room for some keys.
  init(minimumCapacity: Int = 0) {
    bytes = []
    entries = []
    entries.reserveCapacity(minimumCapacity)
    slots = Array(repeating: 0, count: Self.slotCount(for: minimumCapacity))
  }

  /// How many keys there are.
  var count: Int { entries.count }

  /// The id of a key; a key that is set twice has the later id.
  subscript(key: Span<UInt8>) -> Int32? {
    get {
      let slot = slot(of: key, Self.hash(key))
      let entry = slots[slot]
      return entry == 0 ? nil : entries[Self.index(entry)].id
    }
  }

  /// The id of a key.
  subscript(key: [UInt8]) -> Int32? { self[key.span] }

  /// Sets the id of a key.
  ///
  /// - Returns: Whether the key is new.
  @discardableResult
  mutating func set(_ key: Span<UInt8>, _ id: Int32) -> Bool {
    let hash = Self.hash(key)
    let slot = slot(of: key, hash)
    if slots[slot] != 0 {
      entries[Self.index(slots[slot])].id = id
      return false
    }
    entries.append(
      Entry(
        start: UInt32(truncatingIfNeeded: bytes.count),
        length: UInt32(truncatingIfNeeded: key.count), id: id))
    bytes.append(contentsOf: key)
    slots[slot] = UInt64(hash) << 32 | UInt64(entries.count)
    if 2 * entries.count > slots.count { grow() }
    return true
  }

  /// Calls a closure with each key and its id, in the order in which keys were set first.
  func forEach(_ body: (_ key: Span<UInt8>, _ id: Int32) -> Void) {
    let all = bytes.span
    for entry in entries {
      let start = Int(entry.start)
      body(all.extracting(start..<start + Int(entry.length)), entry.id)
    }
  }

  /// A number that stands for bytes: FNV-1a with its bits mixed once more.
  @inline(__always)
  static func hash(_ key: Span<UInt8>) -> UInt32 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for index in key.indices { hash = (hash ^ UInt64(key[index])) &* 0x100_0000_01b3 }
    return UInt32(truncatingIfNeeded: ((hash ^ (hash >> 29)) &* 0xbf58_476d_1ce4_e5b9) >> 32)
  }

  /// The slot that holds a key, or the free one where it belongs.
  @inline(__always)
  private func slot(of key: Span<UInt8>, _ hash: UInt32) -> Int {
    let mask = slots.count - 1
    var slot = Int(hash) & mask
    while slots[slot] != 0 {
      if UInt32(slots[slot] >> 32) == hash {
        let entry = entries[Self.index(slots[slot])]
        if Int(entry.length) == key.count, matches(key, at: Int(entry.start)) { break }
      }
      slot = (slot + 1) & mask
    }
    return slot
  }

  @inline(__always)
  private func matches(_ key: Span<UInt8>, at start: Int) -> Bool {
    for index in key.indices where bytes[start + index] != key[index] { return false }
    return true
  }

  private mutating func grow() {
    let old = slots
    slots = Array(repeating: 0, count: 2 * old.count)
    let mask = slots.count - 1
    for entry in old where entry != 0 {
      var slot = Int(entry >> 32) & mask
      while slots[slot] != 0 { slot = (slot + 1) & mask }
      slots[slot] = entry
    }
  }

  /// The index of the entry that a slot holds.
  @inline(__always)
  private static func index(_ slot: UInt64) -> Int { Int(slot & 0xFFFF_FFFF) - 1 }

  private static func slotCount(for capacity: Int) -> Int {
    var count = 16
    while count < 2 * capacity { count *= 2 }
    return count
  }
}
