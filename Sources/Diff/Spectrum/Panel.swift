import Foundation

// Like LinearAlgebra.swift, this file touches memory by address: what matrices lie in.

/// A matrix of floats, its columns one after the other; belongs to one thread.
///
/// It begins as zeros. Pages that are never written take no memory.
@safe final class Panel<Scalar: BinaryFloatingPoint> {
  let rowCount: Int
  let columnCount: Int
  /// The first element; at a multiple of 64 bytes, so that the same work gives the same bits.
  let start: UnsafeMutablePointer<Scalar>
  private let memory: UnsafeMutableRawPointer

  /// Creates a matrix of zeros.
  ///
  /// - Throws: ``Core/InputError`` if there is no memory for it.
  init(rowCount: Int, columnCount: Int) throws {
    self.rowCount = rowCount
    self.columnCount = columnCount
    let byteCount = rowCount * columnCount * MemoryLayout<Scalar>.stride
    guard let memory = unsafe calloc(byteCount + 64, 1) else {
      throw SpectrumError.noMemory(byteCount: byteCount)
    }
    unsafe self.memory = unsafe memory
    unsafe start = (memory.alignedUp(toMultipleOf: 64)).bindMemory(
      to: Scalar.self, capacity: max(1, rowCount * columnCount))
  }

  deinit { unsafe free(memory) }

  /// Makes all elements zero.
  func clear() {
    unsafe memset(start, 0, rowCount * columnCount * MemoryLayout<Scalar>.stride)
  }

  /// The whole matrix.
  var all: Block<Scalar> { self[0..<columnCount] }

  /// Some columns.
  subscript(columns: Range<Int>) -> Block<Scalar> {
    Block(panel: self, rows: 0..<rowCount, columns: columns)
  }

  /// A part.
  subscript(rows: Range<Int>, columns: Range<Int>) -> Block<Scalar> {
    Block(panel: self, rows: rows, columns: columns)
  }

  /// One element.
  subscript(row: Int, column: Int) -> Scalar {
    get {
      check(row, column)
      return unsafe start[column * rowCount + row]
    }
    set {
      check(row, column)
      unsafe start[column * rowCount + row] = newValue
    }
  }

  private func check(_ row: Int, _ column: Int) {
    precondition(row >= 0 && row < rowCount && column >= 0 && column < columnCount)
  }

  /// Calls a closure with some elements in their order.
  func withElements<Result, E: Error>(
    _ elements: Range<Int>, _ body: (inout MutableSpan<Scalar>) throws(E) -> Result
  ) throws(E) -> Result {
    precondition(elements.lowerBound >= 0 && elements.upperBound <= rowCount * columnCount)
    var span = unsafe MutableSpan(
      _unsafeStart: start + elements.lowerBound, count: elements.count)
    return try body(&span)
  }

  /// Subtracts the first elements of another matrix from some of this one: each becomes itself minus
  /// the other.
  func subtract(_ other: Panel<Scalar>, from first: Int, count: Int) {
    precondition(first >= 0 && count >= 0 && first + count <= rowCount * columnCount)
    precondition(count <= other.rowCount * other.columnCount)
    let target = unsafe start + first
    for index in 0..<count { unsafe target[index] -= other.start[index] }
  }
}

/// A rectangle of a matrix.
struct Block<Scalar: BinaryFloatingPoint> {
  let panel: Panel<Scalar>
  let rows: Range<Int>
  let columns: Range<Int>

  init(panel: Panel<Scalar>, rows: Range<Int>, columns: Range<Int>) {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= panel.rowCount)
    precondition(columns.lowerBound >= 0 && columns.upperBound <= panel.columnCount)
    self.panel = panel
    self.rows = rows
    self.columns = columns
  }

  var rowCount: Int { rows.count }
  var columnCount: Int { columns.count }

  /// Some of the columns, counted from the first of the rectangle.
  func part(_ range: Range<Int>) -> Block<Scalar> {
    let first = columns.lowerBound
    return Block(
      panel: panel, rows: rows, columns: first + range.lowerBound..<first + range.upperBound)
  }

  /// Where the first element is.
  @unsafe var start: UnsafeMutablePointer<Scalar> {
    unsafe panel.start + columns.lowerBound * panel.rowCount + rows.lowerBound
  }

  /// How many elements lie between neighbours in a row; at least 1, as BLAS wants it.
  var stride: Int { max(1, panel.rowCount) }

  /// Copies the elements of a rectangle of the same size, rounded to this one's type.
  func copy<Source: BinaryFloatingPoint>(_ source: Block<Source>) {
    precondition(rowCount == source.rowCount && columnCount == source.columnCount)
    for column in 0..<columnCount {
      let target = unsafe start + column * stride
      let values = unsafe source.start + column * source.stride
      for row in 0..<rowCount { unsafe target[row] = Scalar(values[row]) }
    }
  }

  /// Copies the elements of a rectangle, turned.
  func copyTransposed(_ source: Block<Scalar>) {
    precondition(rowCount == source.columnCount && columnCount == source.rowCount)
    // In squares, so that a line of the cache is used up while it is there.
    let size = 64 / MemoryLayout<Scalar>.stride
    for left in Swift.stride(from: 0, to: columnCount, by: size) {
      for top in Swift.stride(from: 0, to: rowCount, by: size) {
        for column in left..<min(columnCount, left + size) {
          let target = unsafe start + column * stride
          let values = unsafe source.start + column
          for row in top..<min(rowCount, top + size) {
            unsafe target[row] = values[row * source.stride]
          }
        }
      }
    }
  }

  /// Multiplies each column with its factor.
  func scaleColumns(by factors: [Scalar]) {
    precondition(factors.count == columnCount)
    for column in 0..<columnCount {
      let target = unsafe start + column * stride
      for row in 0..<rowCount { unsafe target[row] *= factors[column] }
    }
  }

  /// The elements, column by column.
  var values: [Scalar] {
    var values: [Scalar] = []
    values.reserveCapacity(rowCount * columnCount)
    for column in 0..<columnCount {
      let first = unsafe start + column * stride
      unsafe values.append(contentsOf: UnsafeBufferPointer(start: first, count: rowCount))
    }
    return values
  }

  /// The sum of the squares, in 64-bit floats.
  var squares: Double {
    var sum = 0.0
    for column in 0..<columnCount {
      let values = unsafe start + column * stride
      for row in 0..<rowCount { sum += unsafe Double(values[row]) * Double(values[row]) }
    }
    return sum
  }
}
