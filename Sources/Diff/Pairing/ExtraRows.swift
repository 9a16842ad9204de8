import Core
import Formats

/// The rows that a vocabulary has more in one checkpoint than in another.
public struct ExtraRows: Sendable, Equatable {
  /// Whether it is the base that has them.
  public var areInBase: Bool
  /// The first of them, counted from 0.
  public var firstRow: Int
  /// How many there are.
  public var count: Int
  /// Their Euclidean norm, taken together; not finite if a value is not.
  public var l2: Double
  /// The first of them, at most ``listedCount``.
  public var rows: [Row]

  /// One row.
  public struct Row: Sendable, Equatable {
    /// The token's id, which is its row.
    public var id: Int
    /// The token as the vocabulary writes it; `nil` where there is none that can be read.
    public var text: String?
    /// Its Euclidean norm.
    public var l2: Double
  }

  /// So many rows are listed with their norms.
  public static let listedCount = 20

  /// Reads the rows behind the common ones.
  init(_ tensor: Pairing.Resized, base: PartedSource, other: PartedSource) throws {
    areInBase = tensor.base.rowCount > tensor.other.rowCount
    firstRow = tensor.comparedRowCount
    let (larger, source) = areInBase ? (tensor.base, base) : (tensor.other, other)
    let rowCount = larger.logicalShape.first ?? 0
    count = rowCount - firstRow
    let columns = rowCount == 0 ? 0 : larger.elementCount / rowCount
    var squares = 0.0
    rows = []
    for row in firstRow..<rowCount {
      let start = row * columns
      let values = try source.values(of: larger, elements: start..<start + columns)
      let rowSquares = values.reduce(0) { $0 + Double($1) * Double($1) }
      squares += rowSquares
      if rows.count < Self.listedCount {
        rows.append(Row(id: row, l2: rowSquares.squareRoot()))
      }
    }
    l2 = squares.squareRoot()
  }

  /// As a JSON object.
  var json: JSONValue {
    [
      "in": .string(areInBase ? "base" : "other"),
      "first_row": .integer(firstRow),
      "count": .integer(count),
      "l2": .number(l2),
      "rows": .array(
        rows.map { ["id": .integer($0.id), "text": JSONValue($0.text), "l2": .number($0.l2)] }),
    ]
  }
}
