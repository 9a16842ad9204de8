import Formats

/// Finds the singular values of a product of two thin matrices without the product.
struct FactorSpectrum {
  let algebra: LinearAlgebra

  /// All singular values of scale · B A.
  ///
  /// With B = Q R and Aᵀ = P S by Householder's QR, they are those of scale · R Sᵀ, a matrix as
  /// small as the rank.
  func values(of delta: LowRankDelta) throws -> LeadingTriplets {
    let left = try triangle(delta.rowFactors, size: delta.rowCount, rank: delta.rank)
    let right = try triangle(delta.columnFactors, size: delta.columnCount, rank: delta.rank)
    let core = try Panel<Double>(rowCount: left.count, columnCount: right.count)
    for (row, first) in left.enumerated() {
      for (column, second) in right.enumerated() {
        core[row, column] =
          Double(delta.scale) * zip(first, second).reduce(0) { $0 + $1.0 * $1.1 }
      }
    }
    return LeadingTriplets(
      values: try algebra.singularValues(of: core.all),
      errorBound: Double(max(delta.rowCount, delta.columnCount)) * 0x1p-52, isComplete: true,
      method: .factors)
  }

  /// The triangle R of a thin matrix that is given vector by vector, one for each of the rank.
  private func triangle(_ values: [Float], size: Int, rank: Int) throws -> [[Double]] {
    let panel = try Panel<Double>(rowCount: size, columnCount: rank)
    panel.withElements(0..<values.count) { span in
      for index in values.indices { span[index] = Double(values[index]) }
    }
    return try algebra.triangle(panel.all)
  }
}
