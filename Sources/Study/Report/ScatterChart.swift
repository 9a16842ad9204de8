import Core

/// One point for each stage, numbered in order.
struct ScatterChart {
  struct Point {
    let stage: Int
    let name: String
    let x: Double
    let y: Double
  }

  let id: String
  let title: String
  let caption: String
  let xTitle: String
  let yTitle: String
  let points: [Point]

  private let width = 360.0
  private let height = 280.0
  private let left = 52.0
  private let top = 16.0
  private let bottom = 46.0

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
    let places = points.map { (x: horizontal.position($0.x), y: vertical.position($0.y)) }
    drawing.add(path: places, class: "order")
    for (point, place) in zip(points, places) {
      drawing.add(
        "circle", class: "stage", ["cx": place.x, "cy": place.y, "r": 9.5],
        tip: "stage \(point.stage), \(point.name): \(text(point))")
      drawing.add(
        text: String(point.stage), x: place.x, y: place.y + 4, anchor: "middle", class: "number")
    }
    return Chart(
      title: title, caption: caption,
      svg: drawing.svg(id: id, title: title, description: description), keys: [], table: table)
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
      text: xTitle, x: left + (width - left - 8) / 2, y: height - 6, anchor: "middle",
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
      + points.map { "Stage \($0.stage), \($0.name): \(text($0))." }.joined(separator: " ")
  }

  private var table: TextTable {
    TextTable(
      columns: [
        .numbers("stage", key: "stage"), .words("name", key: "name"),
        .numbers(xTitle, key: "x"), .numbers(yTitle, key: "y"),
      ],
      rows: points.map { point in
        [
          .count(point.stage), .init(point.name), .significant(point.x, digits: 3),
          .fixed(point.y, decimals: 1),
        ]
      })
  }
}
