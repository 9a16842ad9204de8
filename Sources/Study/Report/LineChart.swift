import Core

/// Values by stage, one line for each name, with error bars.
struct LineChart {
  struct Point {
    let value: Double
    let error: Double?
  }

  struct Line {
    let name: String
    /// One for each stage, the base first.
    let points: [Point]
    /// A level that the values are compared with, such as chance; drawn dashed.
    let level: Double?
    /// The stage after which the line's own training ended, if it is marked.
    let marked: Int?
  }

  let id: String
  let title: String
  let caption: String
  /// What the vertical axis shows, with its unit.
  let valueTitle: String
  /// The name of what each line is of, for the table.
  let lineTitle: String
  let stages: [String]
  let lines: [Line]

  private let left = 50.0
  private let width = 460.0
  private let plotHeight = 230.0
  private let top = 14.0

  /// Draws the chart; values are percentages.
  func chart() -> Chart {
    let names = AxisLabels(stages, slot: (width - left - 18) / Double(max(1, stages.count)))
    var drawing = SVGDrawing(width: width, height: top + plotHeight + names.height + 22)
    let values = lines.flatMap { line in
      line.points.flatMap { [$0.value - ($0.error ?? 0), $0.value + ($0.error ?? 0)] }
        + [line.level].compactMap(\.self)
    }
    let scale = ChartScale(
      fitting: [0, 100] + values.map { min(100, max(0, $0)) }, from: top + plotHeight, to: top)
    drawAxes(scale, names, &drawing)
    for (index, line) in lines.enumerated() { draw(line, index, scale, &drawing) }
    return Chart(
      title: title, caption: caption,
      svg: drawing.svg(id: id, title: title, description: description),
      keys: lines.enumerated().map { Chart.Key(name: $1.name, swatch: ChartMark.swatch($0)) },
      table: table)
  }

  private func x(_ stage: Int) -> Double {
    let slot = (width - left - 18) / Double(max(1, stages.count))
    return left + slot * (Double(stage) + 0.5)
  }

  private func drawAxes(_ scale: ChartScale, _ names: AxisLabels, _ drawing: inout SVGDrawing) {
    for tick in scale.ticks {
      let y = scale.position(tick)
      drawing.add("line", class: "grid", ["x1": left, "y1": y, "x2": width - 12, "y2": y])
      drawing.add(text: scale.label(tick), x: left - 7, y: y + 4, anchor: "end")
    }
    drawing.add(
      text: valueTitle, x: 13, y: top + plotHeight / 2, anchor: "middle", class: "axis-title",
      turned: -90)
    for (stage, _) in stages.enumerated() {
      names.draw(stage, x: x(stage), y: top + plotHeight + 15, in: &drawing)
    }
    drawing.add(
      text: "checkpoint, in training order", x: left + (width - left - 12) / 2,
      y: top + plotHeight + names.height + 18, anchor: "middle", class: "axis-title")
  }

  private func draw(
    _ line: Line, _ index: Int, _ scale: ChartScale, _ drawing: inout SVGDrawing
  ) {
    let color = ChartMark.style(index)
    // Lines side by side within a stage's slot, so that their error bars do not cover each other.
    let shift = (Double(index) - Double(lines.count - 1) / 2) * 3
    let points = line.points.enumerated().map { stage, point in
      (x: x(stage) + shift, y: scale.position(point.value))
    }
    if let level = line.level {
      let y = scale.position(level)
      drawing.add(
        "line", class: "level \(color)", ["x1": left, "y1": y, "x2": width - 12, "y2": y])
    }
    drawing.add(path: points, class: "line \(color)")
    for (stage, point) in line.points.enumerated() {
      let place = points[stage]
      if let error = point.error {
        drawing.add(
          "line", class: "error \(color)",
          [
            "x1": place.x, "y1": scale.position(max(scale.low, point.value - error)),
            "x2": place.x, "y2": scale.position(min(scale.high, point.value + error)),
          ])
      }
      if line.marked == stage {
        drawing.add("circle", class: "ring \(color)", ["cx": place.x, "cy": place.y, "r": 8.5])
      }
      ChartMark.draw(
        index, x: place.x, y: place.y, tip: "\(line.name), \(stages[stage]): \(text(point))",
        in: &drawing)
    }
  }

  private func text(_ point: Point) -> String {
    let error = point.error.map { " ± \(NumberText.fixed($0, decimals: 1))" } ?? ""
    return "\(NumberText.fixed(point.value, decimals: 1))\(error) %"
  }

  private var description: String {
    lines.map { line in
      let first = line.points.first.map(text) ?? ""
      let last = line.points.last.map(text) ?? ""
      return "\(line.name): \(first) at \(stages.first ?? ""), \(last) at \(stages.last ?? "")."
    }.joined(separator: " ")
  }

  private var table: TextTable {
    TextTable(
      columns: [.words(lineTitle, key: "name"), .numbers("chance", key: "chance")]
        + stages.map { .numbers($0, key: $0) },
      rows: lines.map { line in
        [.init(line.name), .fixed(line.level, decimals: 1)]
          + line.points.map { point in
            let error = point.error.map { " ± \(NumberText.fixed($0, decimals: 1))" } ?? ""
            return .init("\(NumberText.fixed(point.value, decimals: 1))\(error)")
          }
      })
  }
}

/// The names below a horizontal axis: level where they fit, turned where they do not.
struct AxisLabels {
  private let names: [String]
  private let isTurned: Bool
  private let every: Int
  /// How much room they take below the axis.
  let height: Double

  private static let letterWidth = 6.4
  private static let longest = 18

  /// - Parameters:
  ///   - names: The names, from the left.
  ///   - slot: The room that each has.
  init(_ names: [String], slot: Double) {
    self.names = names
    let longest = Double(min(Self.longest, names.map(\.count).max() ?? 0)) * Self.letterWidth
    isTurned = longest > slot - 4
    height = isTurned ? 18 + longest * 0.6 : 18
    // Where there are very many, only every k-th is named; all have their numbers in the table.
    every = max(1, Int((14 / slot).rounded(.up)))
  }

  func draw(_ index: Int, x: Double, y: Double, in drawing: inout SVGDrawing) {
    guard index.isMultiple(of: every) else { return }
    let name = names[index]
    let text = name.count > Self.longest ? "\(name.prefix(Self.longest - 1))…" : name
    drawing.add(
      text: text, x: isTurned ? x + 5 : x, y: y, anchor: isTurned ? "end" : "middle",
      turned: isTurned ? -37 : 0, tip: text == name ? nil : name)
  }
}
