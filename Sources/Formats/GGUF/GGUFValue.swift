import Core

/// A metadata value of a GGUF file.
enum GGUFValue {
  case integer(Int)
  /// An unsigned 64-bit integer beyond `Int`.
  case large(UInt64)
  case float(Double)
  case bool(Bool)
  case string(String)
  case array(MetadataArray)

  /// How the value's type is called in messages.
  var typeName: String {
    switch self {
    case .integer, .large: "an integer"
    case .float: "a float"
    case .bool: "a boolean"
    case .string: "a string"
    case .array(let array): "an array of \(array.elementType)"
    }
  }

  /// The value as JSON; long arrays as what is known of them without reading them.
  func json() throws(CheckpointError) -> JSONValue {
    switch self {
    case .integer(let value): .integer(value)
    case .large(let value): .number(Double(value))
    case .float(let value): .number(value)
    case .bool(let value): .bool(value)
    case .string(let value): .string(value)
    case .array(let array): try array.json()
    }
  }
}

/// The types of GGUF metadata values, by their numbers.
enum GGUFValueType: UInt32 {
  case u8, i8, u16, i16, u32, i32, f32, bool, string, array, u64, i64, f64

  /// The bytes of a value; for strings and arrays the fewest that one can take.
  func minimumBytes(lengthBytes: Int) -> Int {
    switch self {
    case .u8, .i8, .bool: 1
    case .u16, .i16: 2
    case .u32, .i32, .f32: 4
    case .u64, .i64, .f64: 8
    case .string: lengthBytes
    case .array: 4 + lengthBytes
    }
  }

  var hasFixedSize: Bool { self != .string && self != .array }
}
