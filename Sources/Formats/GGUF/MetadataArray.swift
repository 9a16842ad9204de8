import Core

/// An array in a GGUF file's metadata, such as the vocabulary; read when it is asked for.
public struct MetadataArray: Sendable {
  /// The array's key.
  public let key: String
  /// How many elements it has.
  public let count: Int
  let type: GGUFValueType
  /// Where the elements begin.
  private let start: ByteCursor

  /// Arrays longer than this are summarised in ``Checkpoint/metadata``.
  private static let shownElements = 16

  init(key: String, count: Int, type: GGUFValueType, start: ByteCursor) {
    self.key = key
    self.count = count
    self.type = type
    self.start = start
  }

  /// The elements' type as the GGUF documentation calls it, such as `string` or `f32`.
  public var elementType: String { "\(type)" }

  /// The elements as bytes, if they are strings.
  ///
  /// - Throws: ``CheckpointError`` if they are not strings.
  public func byteStrings() throws(CheckpointError) -> [[UInt8]] {
    guard type == .string else { throw wrongType(expected: "strings") }
    var cursor = start
    var strings: [[UInt8]] = []
    strings.reserveCapacity(count)
    for _ in 0..<count {
      let length = try cursor.readLength("string length")
      strings.append(try cursor.readBytes(length, "string"))
    }
    try start.file.checkUnchanged()
    return strings
  }

  /// The elements, if they are strings.
  ///
  /// - Throws: ``CheckpointError`` if they are not strings, or one is not UTF-8.
  public func strings() throws(CheckpointError) -> [String] {
    var strings: [String] = []
    strings.reserveCapacity(count)
    for bytes in try byteStrings() {
      guard let string = String(validating: bytes, as: UTF8.self) else {
        throw CheckpointError(
          .invalidUTF8(what: "element \(strings.count) of metadata key '\(key)'"),
          path: start.file.path,
          offset: start.offset)
      }
      strings.append(string)
    }
    return strings
  }

  /// The elements, if they are integers that fit `Int`.
  ///
  /// - Throws: ``CheckpointError`` if they are not.
  public func integers() throws(CheckpointError) -> [Int] {
    try elements(expected: "integers") { value in
      guard case .integer(let integer) = value else { return nil }
      return integer
    }
  }

  /// The elements as doubles, if they are floats or integers.
  ///
  /// - Throws: ``CheckpointError`` if they are not.
  public func numbers() throws(CheckpointError) -> [Double] {
    try elements(expected: "numbers") { value in
      switch value {
      case .integer(let integer): Double(integer)
      case .float(let double): double
      default: nil
      }
    }
  }

  /// The elements, each true or false, or an integer, which is true unless it is 0.
  ///
  /// - Throws: ``CheckpointError`` if they are not.
  func flags() throws(CheckpointError) -> [Bool] {
    try elements(expected: "booleans") { value in
      switch value {
      case .bool(let flag): flag
      case .integer(let integer): integer != 0
      default: nil
      }
    }
  }

  private func elements<Element>(
    expected: String, _ convert: (GGUFValue) -> Element?
  ) throws(CheckpointError) -> [Element] {
    guard type.hasFixedSize else { throw wrongType(expected: expected) }
    var cursor = start
    var elements: [Element] = []
    elements.reserveCapacity(count)
    for _ in 0..<count {
      guard let element = convert(try cursor.readFixed(type, key: key)) else {
        throw wrongType(expected: expected)
      }
      elements.append(element)
    }
    try start.file.checkUnchanged()
    return elements
  }

  private func wrongType(expected: String) -> CheckpointError {
    CheckpointError(
      .wrongKeyType(
        key: key, found: "an array of \(elementType)", expected: "an array of \(expected)"),
      path: start.file.path, offset: start.offset)
  }

  /// The elements of a short array, else what is known of a long one.
  func json() throws(CheckpointError) -> JSONValue {
    guard count <= Self.shownElements, type != .array else {
      return ["element_type": .string(elementType), "count": .integer(count)]
    }
    if type == .string {
      return .array(try byteStrings().map { .string(String(decoding: $0, as: UTF8.self)) })
    }
    var cursor = start
    var elements: [JSONValue] = []
    for _ in 0..<count { elements.append(try cursor.readFixed(type, key: key).json()) }
    return .array(elements)
  }
}

extension ByteCursor {
  /// Reads a metadata value of a type with a fixed size.
  mutating func readFixed(
    _ type: GGUFValueType, key: String
  ) throws(CheckpointError) -> GGUFValue {
    func what() -> String { "value of metadata key '\(key)'" }
    switch type {
    case .u8: return .integer(Int(try read(UInt8.self, what())))
    case .i8: return .integer(Int(try read(Int8.self, what())))
    case .u16: return .integer(Int(try read(UInt16.self, what())))
    case .i16: return .integer(Int(try read(Int16.self, what())))
    case .u32: return .integer(Int(try read(UInt32.self, what())))
    case .i32: return .integer(Int(try read(Int32.self, what())))
    case .i64: return .integer(Int(try read(Int64.self, what())))
    case .u64:
      let value = try read(UInt64.self, what())
      return Int(exactly: value).map { .integer($0) } ?? .large(value)
    case .f32:
      let value = Float(bitPattern: try read(UInt32.self, what()))
      // The decimal that the float was written from, so that 1e-05 reads as it does in JSON.
      return .float(Double("\(value)") ?? Double(value))
    case .f64: return .float(Double(bitPattern: try read(UInt64.self, what())))
    case .bool:
      let position = offset
      let value = try read(UInt8.self, what())
      guard value <= 1 else {
        throw CheckpointError(
          .invalidBool(key: key, value: value), path: file.path, offset: position)
      }
      return .bool(value == 1)
    case .string, .array:
      preconditionFailure("'\(type)' has no fixed size")
    }
  }
}
