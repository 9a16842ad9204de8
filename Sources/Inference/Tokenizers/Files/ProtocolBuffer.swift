/// Reads the fields of a message of protocol buffers, one after the other.
struct ProtocolBuffer {
  /// What a field holds.
  enum Value {
    case number(UInt64)
    case fixed32(UInt32)
    case bytes(Range<Int>)
    /// Eight bytes, which no message here has.
    case fixed64
  }

  /// What is wrong with a message.
  struct Damage: Error {
    var message: String
    var offset: Int
  }

  private let bytes: [UInt8]
  private var position: Int
  private let end: Int

  /// Creates a reader of a part of some bytes.
  init(_ bytes: [UInt8], in range: Range<Int>? = nil) {
    self.bytes = bytes
    position = range?.lowerBound ?? 0
    end = range?.upperBound ?? bytes.count
  }

  /// The next field and its number, or `nil` at the end.
  mutating func next() throws(Damage) -> (field: Int, value: Value)? {
    guard position < end else { return nil }
    let start = position
    let tag = try readNumber()
    let field = Int(truncatingIfNeeded: tag >> 3)
    switch tag & 7 {
    case 0: return (field, .number(try readNumber()))
    case 1:
      _ = try take(8)
      return (field, .fixed64)
    case 2: return (field, .bytes(try take(try readNumber())))
    case 5:
      let range = try take(4)
      return (field, .fixed32(range.reversed().reduce(0) { $0 << 8 | UInt32(bytes[$1]) }))
    default:
      throw Damage(message: "field type \(tag & 7) is none of protocol buffers", offset: start)
    }
  }

  private mutating func readNumber() throws(Damage) -> UInt64 {
    var number: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      let byte = bytes[try take(1).lowerBound]
      number |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return number }
    }
    throw Damage(message: "a number has more than 64 bits", offset: position)
  }

  private mutating func take(_ count: UInt64) throws(Damage) -> Range<Int> {
    guard count <= UInt64(end - position) else {
      throw Damage(
        message: "needs \(count) bytes, \(end - position) are left", offset: position)
    }
    defer { position += Int(count) }
    return position..<position + Int(count)
  }
}
