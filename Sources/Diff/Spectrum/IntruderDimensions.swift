/// Counts intruder dimensions: leading left singular vectors of the other that are like none of the
/// base's (Shuttleworth et al. 2024, arXiv 2410.21228).
///
/// The vector u of the other is an intruder if |cos(u, uᵢ)| < ``threshold`` for every left singular
/// vector uᵢ of the base, all min(rows, columns) of them as a thin SVD has them; the first
/// ``vectorCount`` vectors of the other are looked at. That is the authors' reference code.
struct IntruderDimensions {
  /// How many leading vectors of the other are looked at (k).
  static let vectorCount = 10
  /// The cosine that a vector of the base must reach (ε).
  static let threshold = 0.5
  /// The share of the base's largest singular value below which it has no vectors to speak of.
  private static let smallestShare = 1e-7

  let algebra: LinearAlgebra
  /// The base's values: a panel whose columns are the rows of the matrix.
  let base: Panel<Float>

  /// Counts the intruders.
  ///
  /// - Parameters:
  ///   - known: The base's leading vectors, which decide most cases.
  ///   - other: The other's leading vectors.
  func count(known: LeadingTriplets, other: LeadingTriplets) throws -> Int {
    guard let others = other.columnVectors, let bases = known.columnVectors else { return 0 }
    let cosines = try Panel<Float>(rowCount: bases.columnCount, columnCount: others.columnCount)
    algebra.multiply(bases.all, .transposed, by: others.all, into: cosines.all)
    let unlike = (0..<others.columnCount).filter { column in
      (0..<cosines.rowCount).allSatisfy {
        Double(abs(cosines[$0, column])) < Self.threshold
      }
    }
    return unlike.isEmpty ? 0 : try countUnlikeAll(unlike.map { others[$0..<$0 + 1] })
  }

  /// How many vectors are like none of the base's whole basis.
  private func countUnlikeAll(_ vectors: [Block<Float>]) throws -> Int {
    let (squares, basis) = try DenseTriplets(algebra: algebra, matrix: base).basis()
    let values = squares.map { max(0, $0).squareRoot() }
    let smallest = Self.smallestShare * (values.last ?? 0)
    let isOfColumns = base.rowCount > base.columnCount
    return try vectors.count { vector in
      let projected = try Panel<Double>(rowCount: basis.rowCount, columnCount: 1)
      if isOfColumns {
        projected.all.copy(vector)
      } else {
        // The basis is that of the right vectors: uᵢ = W vᵢ / σᵢ.
        let product = try Panel<Float>(rowCount: base.rowCount, columnCount: 1)
        algebra.multiply(base.all, by: vector, into: product.all)
        projected.all.copy(product.all)
      }
      let cosines = try Panel<Double>(rowCount: basis.columnCount, columnCount: 1)
      algebra.multiply(basis.all, .transposed, by: projected.all, into: cosines.all)
      return values.indices.allSatisfy { index in
        guard values[index] > smallest else { return true }
        let cosine = abs(cosines[index, 0]) / (isOfColumns ? 1 : values[index])
        return cosine < Self.threshold
      }
    }
  }
}
