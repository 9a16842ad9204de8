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
}
