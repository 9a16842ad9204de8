import Formats

/// A number with nothing rounded off; two are equal if and only if their values are.
enum ExactNumber: Equatable {
  /// A value that a double holds.
  case double(Double)
  /// A whole number that no double holds.
  case integer(Int128)

  init(_ integer: Int128) {
    self = Double(exactly: integer).map(ExactNumber.double) ?? .integer(integer)
  }

  /// A number from the bits that store it; `nil` for a type that 32-bit floats hold.
  init?(bits: UInt64, of dtype: DType) {
    switch dtype {
    case .f64: self = .double(Double(bitPattern: bits))
    case .i32: self.init(Int128(Int32(truncatingIfNeeded: bits)))
    case .u32: self.init(Int128(UInt32(truncatingIfNeeded: bits)))
    case .i64: self.init(Int128(Int64(bitPattern: bits)))
    case .u64: self.init(Int128(bits))
    default: return nil
    }
  }
}

extension DType {
  /// Whether the type stores values that 32-bit floats cannot tell apart.
  var exceedsFloat: Bool {
    switch self {
    case .f64, .i32, .u32, .i64, .u64: true
    default: false
    }
  }

  /// Whether the type stores values that not even 64-bit floats can tell apart.
  var exceedsDouble: Bool { self == .i64 || self == .u64 }
}
