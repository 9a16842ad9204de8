import Core

/// One point for each stage, of one series or of several.
struct ScatterChart {
  struct Point {
    let stage: Int
    let name: String
    let x: Double
    let y: Double
  }

  struct Group {
    let name: String
    /// In the order of the stages.
    let points: [Point]
  }

  let id: String
  let title: String
  let caption: String
  let xTitle: String
  let yTitle: String
  /// One for each series; of a single one the points are numbered.
  let groups: [Group]
  /// Whether a line joins the points of a group in the order of their stages.
  var isJoined = true

  private let width = 420.0
  private let height = 300.0
  private let left = 54.0
  private let top = 14.0
  private let bottom = 48.0

  private var points: [Point] { groups.flatMap(\.points) }
  private var isNumbered: Bool { groups.count == 1 }

  /// Draws the chart.
  func chart() -> Chart {
    var drawing = SVGDrawing(width: width, height: height)
    // Points far from 0 would stand in one heap if the axis began there.
    let least = points.map(\.x).min() ?? 0
    let most = points.map(\.x).max() ?? 0
    let horizontal = ChartScale(
      fitting: points.map(\.x) + (least > 0.5 * most ? [] : [0]), from: left + 12,
      to: width - 22, tickCount: 4)
    let vertical = ChartScale(
      fitting: [0] + points.map(\.y), from: height - bottom - 10, to: top + 8)
    drawAxes(horizontal, vertical, &drawing)
    for (index, group) in groups.enumerated() {
      let places = group.points.map {
        (x: horizontal.position($0.x), y: vertical.position($0.y))
      }
      let color = isNumbered ? "" : " \(ChartMark.style(index))"
      if isJoined { drawing.add(path: places, class: "order\(color)") }
      for (point, place) in zip(group.points, places) {
        draw(point, of: index, at: place, &drawing)
      }
    }
    return Chart(
      id: id, title: title, caption: caption, drawing: drawing, description: description,
      keys: isNumbered
        ? []
        : groups.enumerated().map {
          Chart.Key(name: $1.name, swatch: ChartMark.pointSwatch($0))
        }, table: table)
  }

  private func draw(
    _ point: Point, of group: Int, at place: (x: Double, y: Double), _ drawing: inout SVGDrawing
  ) {
    let series = isNumbered ? "" : "\(groups[group].name), "
    let tip = "\(series)stage \(point.stage), \(point.name): \(text(point))"
    guard isNumbered else {
      return ChartMark.draw(group, x: place.x, y: place.y, tip: tip, in: &drawing)
    }
    drawing.add("circle", class: "stage", ["cx": place.x, "cy": place.y, "r": 9.5], tip: tip)
    drawing.add(
      text: String(point.stage), x: place.x, y: place.y + 4, anchor: "middle", class: "number")
  }

  private func drawAxes(
    _ horizontal: ChartScale, _ vertical: ChartScale, _ drawing: inout SVGDrawing
  ) {
    for tick in vertical.ticks {
      let y = vertical.position(tick)
      let style = tick == 0 ? "zero" : "grid"
      drawing.add("line", class: style, ["x1": left, "y1": y, "x2": width - 8, "y2": y])
      drawing.add(text: vertical.label(tick), x: left - 7, y: y + 4, anchor: "end")
    }
    let floor = height - bottom
    drawing.add("line", class: "zero", ["x1": left, "y1": floor, "x2": width - 8, "y2": floor])
    for tick in horizontal.ticks {
      let x = horizontal.position(tick)
      drawing.add("line", class: "zero", ["x1": x, "y1": floor, "x2": x, "y2": floor + 4])
      drawing.add(text: horizontal.label(tick), x: x, y: floor + 18, anchor: "middle")
    }
    drawing.add(
      text: xTitle, x: left + (width - left - 8) / 2, y: height - 8, anchor: "middle",
      class: "axis-title")
    drawing.add(
      text: yTitle, x: 13, y: top + (floor - top) / 2, anchor: "middle", class: "axis-title",
      turned: -90)
  }

  private func text(_ point: Point) -> String {
    "\(NumberText.significant(point.x, digits: 3)), \(NumberText.fixed(point.y, decimals: 1))"
  }

  private var description: String {
    "\(xTitle) against \(yTitle). "
      + groups.map { group in
        (isNumbered ? "" : "\(group.name): ")
          + group.points.map { "Stage \($0.stage), \($0.name): \(text($0))." }
          .joined(separator: " ")
      }.joined(separator: " ")
  }

  private var table: TextTable {
    TextTable(
      columns: [
        .words("series", key: "series"), .numbers("stage", key: "stage"),
        .words("name", key: "name"), .numbers(xTitle, key: "x"), .numbers(yTitle, key: "y"),
      ],
      rows: groups.flatMap { group in
        group.points.map { point in
          [
            .init(group.name), .count(point.stage), .init(point.name),
            .significant(point.x, digits: 3), .fixed(point.y, decimals: 1),
          ]
        }
      })
  }
}
