import Formats

/// A matrix that both checkpoints of a pair hold: a tensor, or one expert of a stack.
///
/// Rows and columns are those of the logical shape.
struct PairedMatrix {
  /// One of the two checkpoints.
  enum Side { case base, other }

  /// How many elements are decoded at a time.
  private static let stripElements = 1 << 16

  let base: any TensorSource
  let other: any TensorSource
  let pair: Pairing.Pair
  let rowCount: Int
  let columnCount: Int
  /// Where the matrix begins in both tensors.
  let firstElement: Int

  /// The matrices of a pair: one, or one for each expert of a stack.
  ///
  /// There is none for fewer than two axes. More than two are taken as rows by all that is in a row.
  static func matrices(
    of pair: Pairing.Pair, base: any TensorSource, other: any TensorSource
  ) -> [PairedMatrix] {
    var shape = pair.shape[...]
    guard shape.count >= 2, pair.elementCount > 0 else { return [] }
    var count = 1
    if pair.isExpertStack, shape.count >= 3 { count = shape.removeFirst() }
    let rowCount = shape.first ?? 1
    let columnCount = shape.dropFirst().reduce(1, *)
    return (0..<count).map { index in
      PairedMatrix(
        base: base, other: other, pair: pair, rowCount: rowCount, columnCount: columnCount,
        firstElement: index * rowCount * columnCount)
    }
  }

  /// The shorter of the two sizes.
  var rankLimit: Int { min(rowCount, columnCount) }

  /// The delta, other minus base in 32-bit floats: column j of the panel is row j of the matrix.
  func delta() throws -> Panel<Float> { try delta(rows: Array(0..<rowCount)) }

  /// Some rows of the delta, one for each column of the panel.
  func delta(rows: [Int]) throws -> Panel<Float> {
    let panel = try Panel<Float>(rowCount: columnCount, columnCount: rows.count)
    let strip = try Panel<Float>(rowCount: max(Self.stripElements, columnCount), columnCount: 1)
    try forEachStrip(rows) { elements, position in
      try decode(.other, elements, into: panel, at: position)
      try decode(.base, elements, into: strip, at: 0)
      panel.subtract(strip, from: position, count: elements.count)
    }
    return panel
  }

  /// The values of one side: column j of the panel is row j of the matrix.
  func values(of side: Side) throws -> Panel<Float> {
    try values(of: side, rows: Array(0..<rowCount))
  }

  /// Some rows of one side, one for each column of the panel.
  func values(of side: Side, rows: [Int]) throws -> Panel<Float> {
    let panel = try Panel<Float>(rowCount: columnCount, columnCount: rows.count)
    try forEachStrip(rows) { elements, position in
      try decode(side, elements, into: panel, at: position)
    }
    return panel
  }

  private func decode(
    _ side: Side, _ elements: Range<Int>, into panel: Panel<Float>, at position: Int
  ) throws(CheckpointError) {
    let (source, tensor) = side == .base ? (base, pair.base) : (other, pair.other)
    try panel.withElements(position..<position + elements.count) {
      (span) throws(CheckpointError) in
      try source.decode(tensor, elements: elements, order: .logical, into: &span)
    }
  }

  /// Gives up the memory of what has been read, so that matrices of any number stream through.
  func discard() {
    let elements = firstElement..<firstElement + rowCount * columnCount
    base.discard(pair.base, elements: elements)
    other.discard(pair.other, elements: elements)
  }

  /// Cuts rows into strips of neighbours, each given with its place in the panel.
  private func forEachStrip(_ rows: [Int], _ body: (Range<Int>, Int) throws -> Void) throws {
    let stripRows = max(1, Self.stripElements / max(1, columnCount))
    var place = 0
    while place < rows.count {
      var end = place + 1
      while end < rows.count, end - place < stripRows, rows[end] == rows[end - 1] + 1 { end += 1 }
      let start = firstElement + rows[place] * columnCount
      try body(start..<start + (end - place) * columnCount, place * columnCount)
      place = end
    }
  }
}

extension Pairing.Pair {
  /// Whether the outermost axis counts experts.
  var isExpertStack: Bool { base.layout.expertCount != nil || other.layout.expertCount != nil }
}
