import Foundation

/// How far the space of a matrix's leading singular vectors turned from base to other.
///
/// The principal angles between the spans of the first ``dimension`` vectors of base and other
/// (Björck and Golub 1973), of the left vectors and of the right ones, in degrees: 0 where the spaces
/// are the same, 90 where a direction of one is orthogonal to all of the other.
public struct SubspaceRotation: Sendable, Equatable {
  /// How many leading vectors span each space.
  public var dimension: Int
  /// The mean angle between the spaces of left vectors, those with one element for each row.
  public var leftMeanDegrees: Double
  /// The largest of those angles.
  public var leftMaxDegrees: Double
  /// The mean angle between the spaces of right vectors, those with one element for each column.
  public var rightMeanDegrees: Double
  /// The largest of those angles.
  public var rightMaxDegrees: Double

  /// Measures the angles between two spaces on both sides.
  init(base: LeadingTriplets, other: LeadingTriplets, algebra: LinearAlgebra) throws {
    let left = try Self.degrees(base.columnVectors, other.columnVectors, algebra)
    let right = try Self.degrees(base.rowVectors, other.rowVectors, algebra)
    dimension = left.count
    leftMeanDegrees = left.reduce(0, +) / Double(max(1, left.count))
    leftMaxDegrees = left.max() ?? 0
    rightMeanDegrees = right.reduce(0, +) / Double(max(1, right.count))
    rightMaxDegrees = right.max() ?? 0
  }

  /// The principal angles between the spans of two orthonormal sets.
  private static func degrees(
    _ base: Panel<Float>?, _ other: Panel<Float>?, _ algebra: LinearAlgebra
  ) throws -> [Double] {
    guard let base, let other else { return [] }
    let count = min(base.columnCount, other.columnCount)
    let first = try Panel<Double>(rowCount: base.rowCount, columnCount: count)
    let second = try Panel<Double>(rowCount: base.rowCount, columnCount: count)
    first.all.copy(base[0..<count])
    second.all.copy(other[0..<count])
    let products = try Panel<Double>(rowCount: count, columnCount: count)
    algebra.multiply(first.all, .transposed, by: second.all, into: products.all)
    // Sines tell small angles, cosines large ones.
    algebra.multiply(first.all, by: products.all, factor: -1, into: second.all, adding: true)
    let sines = try algebra.singularValues(of: second.all)
    let cosines = try algebra.singularValues(of: products.all)
    return zip(sines.reversed(), cosines).map { sine, cosine in
      atan2(sine, cosine) * 180 / .pi
    }
  }
}
