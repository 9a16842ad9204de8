/// The keys and values of one layer for the positions of a sequence, packed for the kernels; a sequence
/// that goes on from a shared start overwrites what stood behind it.
///
/// Threads work on units: a key head and some of the query heads that read it. Where there are fewer
/// key heads than threads, several units hold the same keys.
struct KeyValueStack: Sendable {
  /// How many positions there is room for.
  let capacity: Int
  let operand: Operand
  /// For each unit the packed keys.
  let keys: [ByteBuffer]
  /// For each unit the packed values.
  let values: [ByteBuffer]
  private let copies: Int
  private let group: Int

  init(_ shape: Architecture.Attention, capacity: Int, operand: Operand, threadCount: Int) {
    self.capacity = max(capacity, 1)
    self.operand = operand.ofAttention
    group = shape.headCount / shape.keyValueHeadCount
    copies = Self.copies(shape, threadCount: threadCount)
    let units = 0..<shape.keyValueHeadCount * copies
    let (keySize, valueSize) = Self.sizes(shape, capacity: self.capacity, operand: self.operand)
    keys = units.map { _ in ByteBuffer(byteCount: keySize) }
    values = units.map { _ in ByteBuffer(byteCount: valueSize) }
  }

  /// How much memory a stack takes.
  static func byteCount(
    _ shape: Architecture.Attention, capacity: Int, operand: Operand, threadCount: Int
  ) -> Int {
    let (keys, values) = sizes(shape, capacity: max(capacity, 1), operand: operand.ofAttention)
    return shape.keyValueHeadCount * copies(shape, threadCount: threadCount) * (keys + values)
  }

  private static func copies(_ shape: Architecture.Attention, threadCount: Int) -> Int {
    let group = shape.headCount / shape.keyValueHeadCount
    return min(group, max(1, threadCount / shape.keyValueHeadCount))
  }

  private static func sizes(
    _ shape: Architecture.Attention, capacity: Int, operand: Operand
  ) -> (keys: Int, values: Int) {
    (
      Kernels.keyByteCount(operand, capacity: capacity, d: shape.headDimension),
      Kernels.valueByteCount(operand, capacity: capacity, d: shape.headDimension)
    )
  }

  /// How many units there are.
  var unitCount: Int { keys.count }

  /// The key head of a unit.
  func keyHead(of unit: Int) -> Int { unit / copies }

  /// The query heads of a unit.
  func queryHeads(of unit: Int) -> Range<Int> {
    let (head, copy) = (unit / copies, unit % copies)
    return head * group + group * copy / copies..<head * group + group * (copy + 1) / copies
  }
}
