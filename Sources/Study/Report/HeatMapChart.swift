import Core

/// Numbers in a grid: the darker the larger, the digits always there.
struct HeatMapChart {
  /// Rows that belong together.
  struct Group {
    let title: String
    let rows: [(name: String, values: [Double?])]
  }

  let id: String
  let title: String
  let caption: String
  let columns: [String]
  let groups: [Group]
  /// The value that is darkest, so that several maps can share a scale.
  let largest: Double

  private let left = 104.0
  private let rowHeight = 24.0
  private let top = 6.0

  /// Draws the map; values are fractions and shown in percent.
  func chart() -> Chart {
    let cell = min(72, max(46, (460 - left - 8) / Double(max(1, columns.count))))
    let names = AxisLabels(columns, slot: cell)
    let rowCount = groups.reduce(0) { $0 + $1.rows.count }
    let body = Double(rowCount) * rowHeight + Double(groups.count) * 22
    var drawing = SVGDrawing(
      width: left + cell * Double(columns.count) + 8, height: top + body + names.height + 6)
    var y = top
    for group in groups {
      drawing.add(text: group.title, x: 0, y: y + 14, class: "group")
      y += 22
      for row in group.rows {
        draw(row, y: y, cell: cell, &drawing)
        y += rowHeight
      }
    }
    for column in columns.indices {
      names.draw(column, x: left + cell * (Double(column) + 0.5), y: y + 15, in: &drawing)
    }
    return Chart(
      title: title, caption: caption,
      svg: drawing.svg(id: id, title: title, description: description), keys: [], table: table)
  }

  private func draw(
    _ row: (name: String, values: [Double?]), y: Double, cell: Double,
    _ drawing: inout SVGDrawing
  ) {
    drawing.add(text: row.name, x: left - 8, y: y + 16, anchor: "end")
    for (column, value) in row.values.enumerated() {
      let x = left + cell * Double(column)
      let share = largest > 0 ? min(1, max(0, (value ?? 0) / largest)) : 0
      drawing.add(
        "rect", class: "heat",
        ["x": x + 1, "y": y + 1, "width": cell - 2, "height": rowHeight - 2],
        extra: " fill-opacity=\"\(NumberText.fixed(0.04 + 0.96 * share, decimals: 2))\"",
        tip: "\(row.name), \(columns[column]): \(NumberText.percent(value, decimals: 2)) %")
      drawing.add(
        text: NumberText.percent(value), x: x + cell / 2, y: y + 16, anchor: "middle",
        class: Self.ink(share))
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
          value.map { (name: row.name, stage: columns[index], value: $0) }
        }
      }
    }
    guard let most = all.max(by: { $0.value < $1.value }) else { return "No values." }
    return "\(columns.count) stages by \(groups.reduce(0) { $0 + $1.rows.count }) parts; largest "
      + "\(NumberText.percent(most.value)) percent for \(most.name) after \(most.stage)."
  }

  private var table: TextTable {
    TextTable(
      columns: [.words("part", key: "part")] + columns.map { .numbers($0, key: $0) },
      rows: groups.flatMap(\.rows).map { row in
        [.init(row.name)] + row.values.map { .percent($0, decimals: 2) }
      })
  }
}
