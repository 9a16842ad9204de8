/// Reading of scalars in bytes that are known to be UTF-8.
extension Span<UInt8> {
  /// The scalar that begins at a position, and how many bytes it has.
  @inline(__always)
  func scalar(at position: Int) -> (value: UInt32, length: Int) {
    let first = self[position]
    if first < 0x80 { return (UInt32(first), 1) }
    if first < 0xE0 { return (UInt32(first & 0x1F) << 6 | tail(position + 1), 2) }
    if first < 0xF0 {
      return (UInt32(first & 0x0F) << 12 | tail(position + 1) << 6 | tail(position + 2), 3)
    }
    let high = UInt32(first & 0x07) << 18 | tail(position + 1) << 12
    return (high | tail(position + 2) << 6 | tail(position + 3), 4)
  }

  /// The scalar that ends before a position.
  func scalar(before position: Int) -> (value: UInt32, length: Int) {
    var start = position - 1
    while start > 0, self[start] & 0xC0 == 0x80 { start -= 1 }
    return scalar(at: start)
  }

  /// How many scalars there are.
  var scalarCount: Int {
    var count = 0
    for index in indices where self[index] & 0xC0 != 0x80 { count += 1 }
    return count
  }

  /// Whether other bytes stand at a position.
  @inline(__always)
  func hasBytes(_ bytes: [UInt8], at position: Int) -> Bool {
    guard position + bytes.count <= count else { return false }
    for index in bytes.indices where self[position + index] != bytes[index] { return false }
    return true
  }

  /// The bytes as an array of their own.
  var copied: [UInt8] {
    var result: [UInt8] = []
    result.append(contentsOf: self)
    return result
  }

  /// The bits that a byte inside of a scalar adds.
  @inline(__always)
  private func tail(_ position: Int) -> UInt32 { UInt32(self[position] & 0x3F) }
}

extension [UInt8] {
  /// Adds bytes.
  @inline(__always)
  mutating func append(contentsOf bytes: Span<UInt8>) {
    reserveCapacity(forMore: bytes.count)
    for index in bytes.indices { append(bytes[index]) }
  }

  /// Adds the UTF-8 of a scalar.
  @inline(__always)
  mutating func append(scalar value: UInt32) {
    switch value {
    case 0..<0x80: append(UInt8(value))
    case 0x80..<0x800:
      append(0xC0 | UInt8(value >> 6))
      append(0x80 | UInt8(value & 0x3F))
    case 0x800..<0x1_0000:
      append(0xE0 | UInt8(value >> 12))
      append(0x80 | UInt8(value >> 6 & 0x3F))
      append(0x80 | UInt8(value & 0x3F))
    default:
      append(0xF0 | UInt8(value >> 18 & 0x07))
      append(0x80 | UInt8(value >> 12 & 0x3F))
      append(0x80 | UInt8(value >> 6 & 0x3F))
      append(0x80 | UInt8(value & 0x3F))
    }
  }

  /// Makes room for more bytes, at least doubling where there is none.
  private mutating func reserveCapacity(forMore more: Int) {
    if count + more > capacity { reserveCapacity(Swift.max(count + more, 2 * capacity)) }
  }
}
