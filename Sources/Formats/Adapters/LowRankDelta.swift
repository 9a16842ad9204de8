/// A difference of two matrices that is a product of two thin ones: scale · B A.
public struct LowRankDelta: Sendable, Equatable {
  /// How many rows the difference has.
  public var rowCount: Int
  /// How many columns it has.
  public var columnCount: Int
  /// How many columns B and rows A have.
  public var rank: Int
  /// B, column by column: ``rank`` vectors with one element for each row.
  public var rowFactors: [Float]
  /// A, row by row: ``rank`` vectors with one element for each column.
  public var columnFactors: [Float]
  /// What the product is multiplied with.
  public var scale: Float

  /// No difference, whatever the size.
  static let none = LowRankDelta(
    rowCount: 0, columnCount: 0, rank: 0, rowFactors: [], columnFactors: [], scale: 0)

  /// The sum of two differences of the same size, of both ranks together.
  func adding(_ next: LowRankDelta) -> LowRankDelta {
    LowRankDelta(
      rowCount: rowCount, columnCount: columnCount, rank: rank + next.rank,
      rowFactors: rowFactors.map { $0 * scale } + next.rowFactors.map { $0 * next.scale },
      columnFactors: columnFactors + next.columnFactors, scale: 1)
  }
}
