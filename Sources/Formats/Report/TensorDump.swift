public import Core

/// The decoded values of a tensor, or of some of its rows.
public struct TensorDump: Sendable, Equatable {
  /// The tensor's name in the file.
  public let name: String
  /// The shape of the values, outermost axis first.
  public let shape: [Int]
  /// The values, the last axis varying fastest.
  public let values: [Float]

  /// Decodes values.
  ///
  /// - Parameters:
  ///   - source: The checkpoint.
  ///   - name: The tensor's name, or its role as text.
  ///   - rows: The first row and the one after the last, along the outermost axis; a bound that is
  ///     `nil` is the tensor's own.
  ///   - order: The order of rows.
  /// - Throws: ``CheckpointError`` if there is no such tensor or it cannot be decoded,
  ///   ``Core/InputError`` if it has no such rows.
  public init(
    _ source: some TensorSource, tensor name: String, rows: (lower: Int?, upper: Int?) = (nil, nil),
    order: RowOrder
  ) throws {
    let tensor = try source.findTensor(name)
    let lower = rows.lower ?? 0
    let upper = rows.upper ?? tensor.rowCount
    guard 0 <= lower, lower <= upper, upper <= tensor.rowCount else {
      throw InputError(
        path: source.path, place: "tensor '\(tensor.name)'",
        "rows \(lower):\(upper) are not among its \(tensor.rowCount) rows")
    }
    self.name = tensor.name
    shape = tensor.shape.isEmpty ? [] : [upper - lower] + tensor.shape.dropFirst()
    let elements = (lower * tensor.rowElements)..<(upper * tensor.rowElements)
    values = try source.values(of: tensor, elements: elements, order: order)
  }

  /// The values with name and shape; `null` for one that is not finite.
  public var json: JSONValue {
    [
      "name": .string(name), "shape": .array(shape.map(JSONValue.integer)),
      "values": .array(values.map { $0.isFinite ? .number(Double($0)) : .null }),
    ]
  }

  /// The values as 32-bit floats, the lowest byte first.
  public var floatBytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(4 * values.count)
    for value in values {
      let bits = value.bitPattern
      for shift: UInt32 in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
    }
    return bytes
  }

  /// The values as a file of NumPy's format, version 1.0.
  public var npyBytes: [UInt8] {
    let sizes = shape.map { "\($0)," }.joined(separator: " ")
    var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(sizes)), }"
    // Magic, version and header length take 10 bytes; the data begin at a multiple of 64.
    let used = 10 + header.utf8.count + 1
    header += String(repeating: " ", count: (64 - used % 64) % 64) + "\n"
    let length = UInt16(header.utf8.count)
    let start: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0]
    return start + [UInt8(length & 0xff), UInt8(length >> 8)] + Array(header.utf8) + floatBytes
  }
}
