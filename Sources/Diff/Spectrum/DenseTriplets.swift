import Core

/// Finds the singular values of a matrix by LAPACK.
struct DenseTriplets {
  let algebra: LinearAlgebra
  let matrix: Panel<Float>

  private var size: Int { min(matrix.rowCount, matrix.columnCount) }
  private var isWide: Bool { matrix.rowCount > matrix.columnCount }

  /// All singular values, from the matrix in 64-bit floats.
  func all() throws -> LeadingTriplets {
    let wide = try Panel<Double>(rowCount: matrix.rowCount, columnCount: matrix.columnCount)
    wide.all.copy(matrix.all)
    return LeadingTriplets(
      values: try algebra.singularValues(of: wide.all), errorBound: Double(size) * 0x1p-52,
      isComplete: true, method: .exact)
  }

  /// The largest singular values with their vectors, or all of them without.
  ///
  /// They are square roots of eigenvalues of the matrix of inner products in 64-bit floats: small
  /// ones are less exact than large ones.
  func leading(_ count: Int, wantsVectors: Bool) throws -> LeadingTriplets {
    let gram = try GramMatrix(algebra: algebra).square(of: matrix, forColumns: isWide)
    let kept = wantsVectors ? count : size
    let vectors = wantsVectors ? try Panel<Double>(rowCount: size, columnCount: kept) : nil
    let squares = try algebra.eigenvalues(of: gram.all, count: kept, vectors: vectors)
    var result = LeadingTriplets(
      values: squares.reversed().map { max(0, $0).squareRoot() },
      errorBound: (Double(size) * 0x1p-52).squareRoot(), isComplete: kept == size, method: .exact)
    if let vectors { try add(vectors, to: &result) }
    return result
  }

  /// Computes the vectors of both sides from those of the shorter one, the smallest first.
  private func add(_ vectors: Panel<Double>, to result: inout LeadingTriplets) throws {
    let count = vectors.columnCount
    let near = try Panel<Float>(rowCount: size, columnCount: count)
    for column in 0..<count {
      near[column..<column + 1].copy(vectors[count - 1 - column..<count - column])
    }
    let far = try Panel<Float>(
      rowCount: isWide ? matrix.rowCount : matrix.columnCount, columnCount: count)
    algebra.multiply(matrix.all, isWide ? .asIs : .transposed, by: near.all, into: far.all)
    far.all.scaleColumns(by: result.values.map { $0 > 0 ? Float(1 / $0) : 0 })
    result.rowVectors = isWide ? far : near
    result.columnVectors = isWide ? near : far
  }

  /// All eigenvalues of the matrix of inner products of the shorter side, the smallest first, and
  /// their vectors.
  func basis() throws -> (squares: [Double], vectors: Panel<Double>) {
    let gram = try GramMatrix(algebra: algebra).square(of: matrix, forColumns: isWide)
    let vectors = try Panel<Double>(rowCount: size, columnCount: size)
    return (try algebra.eigenvalues(of: gram.all, count: size, vectors: vectors), vectors)
  }
}
