import Core

/// Computes matrices of inner products in 64-bit floats.
struct GramMatrix {
  /// How many elements are turned into 64-bit floats at a time.
  private static let stripElements = 1 << 21

  let algebra: LinearAlgebra

  /// The upper triangle of Mᵀ·M, where M is the panel, or of M·Mᵀ: the shorter of the two unless
  /// the columns are asked for.
  ///
  /// Its size is the number of columns, or of rows.
  func square(of panel: Panel<Float>, forColumns: Bool = true) throws -> Panel<Double> {
    let size = forColumns ? panel.columnCount : panel.rowCount
    let inner = forColumns ? panel.rowCount : panel.columnCount
    let square = try Panel<Double>(rowCount: size, columnCount: size)
    let stripCount = max(1, min(inner, Self.stripElements / max(1, size)))
    for start in stride(from: 0, to: inner, by: stripCount) {
      let strip = start..<min(inner, start + stripCount)
      let source =
        forColumns ? panel[strip, 0..<size] : panel[strip]
      let wide = try Panel<Double>(rowCount: source.rowCount, columnCount: source.columnCount)
      wide.all.copy(source)
      algebra.addSquare(wide.all, forColumns ? .transposed : .asIs, to: square.all)
    }
    return square
  }
}
