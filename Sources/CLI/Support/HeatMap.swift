import Core

/// Numbers by row and column, always as digits, and with colour from pale to dark where asked.
struct HeatMap {
  let title: String
  let rowTitle: String
  let columns: [String]
  let rows: [(label: String, values: [Double?])]

  /// Colours of the terminal's 256 for a cell's ground, from none to the largest value.
  private static let ramp = [230, 229, 223, 216, 209, 203, 167, 131]
  /// The first place of the ramp that is dark enough for white digits.
  private static let firstDark = 5

  /// The map as a plain table.
  var table: TextTable {
    TextTable(
      title: title,
      columns: [.words(rowTitle, key: rowTitle)] + columns.map { .numbers($0, key: $0) },
      rows: rows.map { row in
        [TextTable.Cell(row.label)] + row.values.map { .significant($0, digits: 3) }
      })
  }

  /// The map for a terminal.
  func text(usesColor: Bool) -> String {
    guard usesColor else { return table.aligned() }
    let labelWidth = (rows.map(\.label.count) + [rowTitle.count]).max() ?? 0
    let cells = rows.map { $0.values.map { NumberText.significant($0, digits: 3) } }
    let widths = columns.indices.map { column in
      (cells.map { $0[column].count } + [columns[column].count]).reduce(0, max) + 2
    }
    let heading =
      Self.padded(rowTitle, to: labelWidth)
      + zip(columns, widths).map { Self.indented($0, to: $1) }.joined()
    let lines = zip(rows, cells).map { row, cells in
      let ground = cells.indices.map { column in
        colored(Self.indented(cells[column], to: widths[column]), row.values[column])
      }
      return Self.padded(row.label, to: labelWidth) + ground.joined()
    }
    return ([title, heading] + lines).map { "\($0)\n" }.joined()
  }

  /// The largest value of the map.
  private var largest: Double {
    rows.flatMap(\.values).compactMap(\.self).filter(\.isFinite).max() ?? 0
  }

  private func colored(_ text: String, _ value: Double?) -> String {
    guard let value, value.isFinite, largest > 0 else { return text }
    let place = min(Self.ramp.count - 1, Int(value / largest * Double(Self.ramp.count)))
    let digits = place < Self.firstDark ? 16 : 231
    return "\u{1B}[48;5;\(Self.ramp[place]);38;5;\(digits)m\(text)\u{1B}[0m"
  }

  private static func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private static func indented(_ text: String, to width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
