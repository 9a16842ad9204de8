import Core

/// Numbers in a grid: the darker the larger, with the digits in the cells or on hover.
struct HeatMapChart {
  /// Rows that belong together.
  struct Group {
    let title: String
    let rows: [(name: String, values: [Double?])]
  }

  let id: String
  let title: String
  let caption: String
  /// What the groups are, for the table.
  let groupTitle: String
  let columns: [String]
  let groups: [Group]
  /// The value that is darkest, so that several maps can share a scale.
  let largest: Double
  /// Whether the cells hold their digits; without them they are smaller.
  var hasDigits = true

  private let width = 440.0
  private let top = 6.0
  private let groupHeight = 23.0

  private var rowCount: Int { groups.reduce(0) { $0 + $1.rows.count } }
  /// Many rows are thin, few are not.
  private var rowHeight: Double { hasDigits ? 24 : rowCount <= 60 ? 17 : 9 }

  private var left: Double {
    let longest = groups.flatMap(\.rows).map { ChartText.width($0.name) }.max() ?? 0
    return min(170, max(56, longest + 12))
  }

  private var cell: Double {
    min(72, max(hasDigits ? 46 : 14, (width - left - 8) / Double(max(1, columns.count))))
  }

  /// Draws the map; values are fractions and shown in percent.
  func chart() -> Chart {
    let names = AxisLabels(columns, slot: cell)
    let body = Double(rowCount) * rowHeight + Double(groups.count) * groupHeight
    var drawing = SVGDrawing(
      width: max(width, left + cell * Double(columns.count) + 8),
      height: top + body + names.height + 8)
    var y = top
    for group in groups {
      drawing.add(text: group.title, x: 0, y: y + 15, class: "group")
      y += groupHeight
      for (number, row) in group.rows.enumerated() {
        draw(row, number, of: group, y: y, &drawing)
        y += rowHeight
      }
    }
    for column in columns.indices {
      names.draw(column, x: left + cell * (Double(column) + 0.5), y: y + 16, in: &drawing)
    }
    return Chart(
      id: id, title: title, caption: caption, drawing: drawing, description: description,
      keys: hasDigits ? [] : keys, table: table, data: data)
  }

  private func draw(
    _ row: (name: String, values: [Double?]), _ number: Int, of group: Group, y: Double,
    _ drawing: inout SVGDrawing
  ) {
    if number.isMultiple(of: max(1, Int((14 / rowHeight).rounded(.up)))) {
      drawing.add(
        text: row.name, x: left - 8, y: y + rowHeight / 2 + 4, anchor: "end", class: "row")
    }
    for (column, value) in row.values.enumerated() {
      let share = largest > 0 ? min(1, max(0, (value ?? 0) / largest)) : 0
      guard value != nil || hasDigits else { continue }
      let place = hasDigits ? "" : "\(group.title), "
      drawing.add(
        shade: 0.04 + 0.96 * share, x: left + cell * Double(column) + 1, y: y + 1,
        width: cell - 2, height: rowHeight - 2,
        tip: "\(place)\(row.name), \(columns[column]): \(NumberText.percent(value, decimals: 2)) %")
      guard hasDigits else { continue }
      drawing.add(
        text: NumberText.percent(value), x: left + cell * (Double(column) + 0.5), y: y + 16,
        class: Self.ink(share))
    }
  }

  /// The shades of a map without digits.
  private var keys: [Chart.Key] {
    [0, 0.25, 0.5, 0.75, 1].map { share in
      var drawing = SVGDrawing(width: 22, height: 14)
      drawing.add(shade: 0.04 + 0.96 * share, x: 0, y: 0, width: 22, height: 14)
      return Chart.Key(
        name: "\(NumberText.percent(largest * share)) %", swatch: drawing.swatch)
    }
  }

  /// The ink that is legible on a shade; on the middle ones it depends on the page's own colours.
  private static func ink(_ share: Double) -> String {
    switch share {
    case 0.82...: "cell dark"
    case 0.5..<0.82: "cell mid"
    default: "cell"
    }
  }

  private var description: String {
    let all = groups.flatMap { group in
      group.rows.flatMap { row in
        row.values.enumerated().compactMap { index, value in
          value.map { (place: "\(row.name), \(columns[index]) (\(group.title))", value: $0) }
        }
      }
    }
    guard let most = all.max(by: { $0.value < $1.value }) else { return "No values." }
    return "\(rowCount) rows by \(columns.count) columns; the largest is "
      + "\(NumberText.percent(most.value)) percent at \(most.place)."
  }

  private var table: TextTable {
    TextTable(
      columns: [.words(groupTitle, key: "group"), .words("part", key: "part")]
        + columns.map { .numbers($0, key: $0) },
      rows: groups.flatMap { group in
        group.rows.map { row in
          [.init(group.title), .init(row.name)] + row.values.map { .percent($0, decimals: 2) }
        }
      })
  }

  private var data: TextTable {
    TextTable(
      columns: [
        .words(groupTitle, key: "group"), .words("part", key: "part"),
        .words("column", key: "column"), .numbers("value", key: "value"),
      ],
      rows: groups.flatMap { group in
        group.rows.flatMap { row in
          zip(columns, row.values).map { column, value in
            [.init(group.title), .init(row.name), .init(column), .significant(value)]
          }
        }
      })
  }
}
