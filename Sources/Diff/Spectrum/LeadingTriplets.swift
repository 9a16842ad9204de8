import Core

/// The largest singular values of a matrix, and their vectors where they were asked for.
///
/// The matrix is a ``Panel``: its columns are the rows of what it stands for.
struct LeadingTriplets {
  /// When values or vectors are good enough.
  enum Accuracy {
    /// Each value to this relative error.
    case values(Double)
    /// Each pair of vectors to this residual, as a share of the largest value.
    case vectors(Double)

    var wantsVectors: Bool {
      if case .vectors = self { true } else { false }
    }
  }

  /// The values, the largest first.
  var values: [Double]
  /// How far the values may be from the exact ones, as a share of the largest.
  var errorBound: Double
  /// Whether these are all values that there are.
  var isComplete: Bool
  /// How they were found.
  var method: DeltaSpectrum.Method
  /// One vector for each value, with as many elements as the panel has rows.
  var rowVectors: Panel<Float>?
  /// One vector for each value, with as many elements as the panel has columns.
  var columnVectors: Panel<Float>?

  /// The size up to which all values are computed, whatever number is asked for.
  static let denseLimit = 512

  /// Whether a matrix is small enough, or so many values are wanted, that all are computed.
  static func isDense(size: Int, count: Int) -> Bool { size <= denseLimit || 8 * count > size }

  /// Finds the largest singular values.
  ///
  /// - Throws: ``Core/InputError`` if there is not enough memory or LAPACK gives up.
  static func of(
    _ matrix: Panel<Float>, count: Int, accuracy: Accuracy, algebra: LinearAlgebra
  ) throws -> LeadingTriplets {
    let size = min(matrix.rowCount, matrix.columnCount)
    let dense = DenseTriplets(algebra: algebra, matrix: matrix)
    let count = min(count, size)
    if isDense(size: size, count: count) {
      return try dense.leading(count, wantsVectors: accuracy.wantsVectors)
    }
    var solver = try BlockKrylov(
      algebra: algebra, matrix: matrix, count: count, accuracy: accuracy)
    return try solver.run() ?? dense.leading(count, wantsVectors: accuracy.wantsVectors)
  }
}
