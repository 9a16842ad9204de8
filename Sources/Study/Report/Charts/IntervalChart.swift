import Core

/// One row for each name: bars or points with their intervals, on one horizontal axis.
struct IntervalChart {
  /// How a measure is drawn.
  enum Style {
    /// A bar from 0, for a quantity of one kind.
    case bar
    /// A point.
    case point
  }

  /// One of the quantities that each row has.
  struct Measure {
    let name: String
    let key: String
    let style: Style
  }

  struct Row {
    let name: String
    /// One for each measure; `nil` where it is not defined.
    let values: [ChartValue?]
    /// What a row begins, if it begins something; drawn above it.
    var group: String?
  }

  let id: String
  let title: String
  let caption: String
  /// What the axis shows, with its unit.
  let valueTitle: String
  /// What each row is, for the table.
  let rowTitle: String
  let measures: [Measure]
  let rows: [Row]
  /// Values that the axis shows in any case.
  var shown: [Double] = [0]
  /// Values with a line of their own besides 0, such as 100 %.
  var landmarks: [Double] = []
  /// Beyond these the axis does not go; intervals are cut there.
  var limits = -150.0...250.0

  private let width = 440.0
  private let top = 6.0
  private let groupHeight = 22.0

  private var lane: Double { measures.count > 1 ? 13 : 20 }
  private var rowHeight: Double { lane * Double(measures.count) + 6 }

  private var left: Double {
    let longest = rows.map { ChartText.width(ChartText.cut($0.name, to: Self.longest)) }.max() ?? 0
    return max(50, longest + 12)
  }

  private static let longest = 22

  /// Draws the chart.
  func chart() -> Chart {
    let groups = Double(rows.count { $0.group != nil })
    let floor = top + Double(rows.count) * rowHeight + groups * groupHeight
    var drawing = SVGDrawing(width: width, height: floor + 42)
    let extents = rows.flatMap { $0.values.flatMap { $0?.extent ?? [] } }
    let scale = ChartScale(
      fitting: shown + landmarks
        + extents.map { min(limits.upperBound, max(limits.lowerBound, $0)) },
      from: left + 4, to: width - 14)
    drawAxis(scale, floor: floor, &drawing)
    var y = top
    for row in rows {
      if let group = row.group {
        drawing.add(text: group, x: 0, y: y + 15, class: "group")
        y += groupHeight
      }
      draw(row, scale, y: y, &drawing)
      y += rowHeight
    }
    return Chart(
      id: id, title: title, caption: caption, drawing: drawing, description: description,
      keys: keys, table: table, data: data)
  }

  private var keys: [Chart.Key] {
    guard measures.count > 1 else { return [] }
    return measures.enumerated().map { index, measure in
      Chart.Key(name: measure.name, swatch: ChartMark.pointSwatch(index))
    }
  }

  private func drawAxis(_ scale: ChartScale, floor: Double, _ drawing: inout SVGDrawing) {
    for tick in scale.ticks {
      let x = scale.position(tick)
      let style = tick == 0 ? "zero" : "grid"
      drawing.add("line", class: style, ["x1": x, "y1": top, "x2": x, "y2": floor])
      drawing.add(text: scale.label(tick), x: x, y: floor + 17, anchor: "middle")
    }
    for landmark in landmarks {
      let x = scale.position(landmark)
      drawing.add("line", class: "landmark", ["x1": x, "y1": top, "x2": x, "y2": floor])
    }
    drawing.add(
      text: valueTitle, x: left + (width - left - 10) / 2, y: floor + 36, anchor: "middle",
      class: "axis-title")
  }

  private func draw(_ row: Row, _ scale: ChartScale, y: Double, _ drawing: inout SVGDrawing) {
    let name = ChartText.cut(row.name, to: Self.longest)
    drawing.add(
      text: name, x: left - 7, y: y + rowHeight / 2 + 4, anchor: "end", class: "row",
      tip: name == row.name ? nil : row.name)
    for (index, value) in row.values.enumerated() {
      let middle = y + 3 + lane * (Double(index) + 0.5)
      guard let value else {
        drawing.add(text: NumberText.missing, x: scale.position(0) + 5, y: middle + 4)
        continue
      }
      let style = ChartMark.style(index)
      let x = scale.clampedPosition(value.value)
      if measures[index].style == .bar {
        let zero = scale.position(0)
        drawing.add(
          "rect", class: "bar \(style)",
          [
            "x": min(zero, x), "y": middle - lane / 2 + 1, "width": abs(x - zero),
            "height": lane - 2,
          ])
      }
      if let interval = value.interval {
        drawing.add(
          "line", class: "error \(style)",
          [
            "x1": scale.clampedPosition(interval.lowerBound), "y1": middle,
            "x2": scale.clampedPosition(interval.upperBound), "y2": middle,
          ])
      }
      ChartMark.draw(
        index, x: x, y: middle, tip: "\(row.name), \(measures[index].name): \(value.text)",
        in: &drawing)
    }
  }

  private var description: String {
    rows.map { row in
      let values = zip(measures, row.values).map { measure, value in
        "\(measure.name) \(value?.text ?? "not defined")"
      }
      return "\(row.group.map { "\($0): " } ?? "")\(row.name): \(values.joined(separator: ", "))."
    }.joined(separator: " ")
  }

  /// The group of every row.
  private var groups: [String] {
    rows.reduce(into: []) { groups, row in groups.append(row.group ?? groups.last ?? "") }
  }

  private var table: TextTable {
    let hasGroups = rows.contains { $0.group != nil }
    return TextTable(
      columns: (hasGroups ? [.words("of", key: "group")] : [])
        + [.words(rowTitle, key: "name")]
        + measures.map { .numbers($0.name, key: $0.key) },
      rows: zip(groups, rows).map { group, row in
        (hasGroups ? [.init(group)] : []) + [.init(row.name)]
          + row.values.map { .init($0?.text ?? NumberText.missing) }
      })
  }

  private var data: TextTable {
    TextTable(
      columns: [.words("of", key: "group"), .words(rowTitle, key: "name")]
        + measures.flatMap { measure -> [TextTable.Column] in
          [
            .numbers(measure.name, key: measure.key), .numbers("low", key: "\(measure.key)_low"),
            .numbers("high", key: "\(measure.key)_high"),
          ]
        },
      rows: zip(groups, rows).map { group, row in
        [.init(group), .init(row.name)]
          + row.values.flatMap { value -> [TextTable.Cell] in
            [
              .significant(value?.value), .significant(value?.interval?.lowerBound),
              .significant(value?.interval?.upperBound),
            ]
          }
      })
  }
}
