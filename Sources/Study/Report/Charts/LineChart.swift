import Core

/// Values along stages, or along a number, one line for each name, with intervals.
struct LineChart {
  struct Line {
    let name: String
    /// One for each place, from the left; `nil` where there is none.
    let points: [ChartValue?]
    /// A level that the values are compared with, such as chance; drawn dashed.
    let level: Double?
    /// The place that is ringed, such as the stage that trained the line's task.
    let marked: Int?

    init(name: String, points: [ChartValue?], level: Double? = nil, marked: Int? = nil) {
      self.name = name
      self.points = points
      self.level = level
      self.marked = marked
    }
  }

  /// What the places from the left are.
  enum Places {
    /// Names at equal distances.
    case names([String])
    /// Numbers at their own distances.
    case numbers([Double])

    var names: [String] {
      switch self {
      case .names(let names): names
      case .numbers(let numbers):
        numbers.map { $0 == $0.rounded() ? NumberText.fixed($0, decimals: 0) : "\($0)" }
      }
    }
  }

  /// Where the lines are named.
  enum Naming {
    /// In a key above the drawing.
    case key
    /// At their right ends.
    case ends
  }

  let id: String
  let title: String
  let caption: String
  /// What the vertical axis shows, with its unit.
  let valueTitle: String
  /// What the horizontal axis shows.
  let placeTitle: String
  /// The name of what each line is of, for the table.
  let lineTitle: String
  let places: Places
  let lines: [Line]
  var naming = Naming.key
  /// The values that the axis shows in any case.
  var shown: [Double] = [0, 100]

  private let left = 50.0
  private let width = 440.0
  private let plotHeight = 230.0
  private let top = 14.0

  private var names: [String] { places.names }

  private var hasIntervals: Bool {
    lines.contains { line in line.points.contains { $0?.interval != nil } }
  }

  /// The right end of the plot.
  private var right: Double {
    switch naming {
    case .key: width - 12
    case .ends: width - 30 - ChartText.width(endNames.max { $0.count < $1.count } ?? "")
    }
  }

  /// The names as they stand at the ends of the lines.
  private var endNames: [String] { lines.map { ChartText.cut($0.name, to: 16) } }

  private var slot: Double { (right - left - 6) / Double(max(1, names.count)) }

  /// Draws the chart; values are percentages.
  func chart() -> Chart {
    let labels = AxisLabels(names, slot: slot)
    var drawing = SVGDrawing(width: width, height: top + plotHeight + labels.height + 22)
    let values = lines.flatMap { line in
      line.points.flatMap { $0?.extent ?? [] } + [line.level].compactMap(\.self)
    }
    let scale = ChartScale(fitting: shown + values, from: top + plotHeight, to: top)
    drawAxes(scale, labels, &drawing)
    for index in lines.indices { draw(index, scale, &drawing) }
    if case .ends = naming { drawNames(scale, &drawing) }
    return Chart(
      id: id, title: title, caption: caption, drawing: drawing, description: description,
      keys: keys, table: table, data: data)
  }

  private var keys: [Chart.Key] {
    guard case .key = naming, lines.count > 1 else { return [] }
    return lines.enumerated().map { Chart.Key(name: $1.name, swatch: ChartMark.swatch($0)) }
  }

  private func x(_ place: Int) -> Double {
    switch places {
    case .names: return left + slot * (Double(place) + 0.5)
    case .numbers(let numbers):
      let least = numbers.min() ?? 0
      let span = max((numbers.max() ?? 1) - least, 1e-9)
      return left + 16 + (numbers[place] - least) / span * (right - left - 38)
    }
  }

  private func drawAxes(_ scale: ChartScale, _ labels: AxisLabels, _ drawing: inout SVGDrawing) {
    for tick in scale.ticks {
      let y = scale.position(tick)
      let style = tick == 0 ? "zero" : "grid"
      drawing.add("line", class: style, ["x1": left, "y1": y, "x2": right, "y2": y])
      drawing.add(text: scale.label(tick), x: left - 7, y: y + 4, anchor: "end")
    }
    drawing.add(
      text: valueTitle, x: 13, y: top + plotHeight / 2, anchor: "middle", class: "axis-title",
      turned: -90)
    for place in names.indices {
      labels.draw(place, x: x(place), y: top + plotHeight + 16, in: &drawing)
    }
    drawing.add(
      text: placeTitle, x: left + (right - left) / 2, y: top + plotHeight + labels.height + 17,
      anchor: "middle", class: "axis-title")
  }

  private func draw(_ index: Int, _ scale: ChartScale, _ drawing: inout SVGDrawing) {
    let line = lines[index]
    let color = ChartMark.style(index)
    if let level = line.level {
      let y = scale.position(level)
      drawing.add("line", class: "level \(color)", ["x1": left, "y1": y, "x2": right, "y2": y])
    }
    for part in connected(index, scale) { drawing.add(path: part, class: "line \(color)") }
    for (place, point) in line.points.enumerated() {
      guard let point else { continue }
      let (x, y) = (x(place) + shift(index), scale.position(point.value))
      if let interval = point.interval {
        drawing.add(
          "line", class: "error \(color)",
          [
            "x1": x, "y1": scale.clampedPosition(interval.upperBound),
            "x2": x, "y2": scale.clampedPosition(interval.lowerBound),
          ])
      }
      if line.marked == place {
        drawing.add("circle", class: "ring \(color)", ["cx": x, "cy": y, "r": 8.5])
      }
      ChartMark.draw(
        index, x: x, y: y, tip: "\(line.name), \(names[place]): \(point.text) %", in: &drawing)
    }
  }

  /// Lines side by side within a place, so that their intervals do not cover each other.
  private func shift(_ index: Int) -> Double {
    guard hasIntervals else { return 0 }
    let step = min(3, max(0, slot - 8) / Double(max(1, lines.count)))
    return (Double(index) - Double(lines.count - 1) / 2) * step
  }

  /// The parts of a line between places without a value.
  private func connected(_ index: Int, _ scale: ChartScale) -> [[(x: Double, y: Double)]] {
    lines[index].points.enumerated().reduce(into: [[]]) { parts, next in
      guard let point = next.element else { return parts.append([]) }
      parts[parts.count - 1].append(
        (x: x(next.offset) + shift(index), y: scale.position(point.value)))
    }
  }

  /// Names every line at its last value.
  private func drawNames(_ scale: ChartScale, _ drawing: inout SVGDrawing) {
    let ends = lines.map { line in
      line.points.lastIndex { $0 != nil }.map { place in
        (place: place, y: scale.position(line.points[place]?.value ?? 0))
      }
    }
    let labels = EndLabels(
      ends.map { $0?.y ?? top + plotHeight }, within: top + 2...top + plotHeight - 2)
    for (index, end) in ends.enumerated() {
      guard let end else { continue }
      let height = labels.heights[index]
      drawing.add(
        path: [(x(end.place) + shift(index) + 5, end.y), (right + 10, height)],
        class: "leader \(ChartMark.style(index))")
      ChartMark.draw(index, x: right + 14, y: height, tip: nil, in: &drawing)
      drawing.add(
        text: endNames[index], x: right + 22, y: height + 4, class: "end",
        tip: lines[index].name)
    }
  }

  private var description: String {
    lines.map { line in
      let first = line.points.first.flatMap { $0?.text } ?? NumberText.missing
      let last = line.points.last.flatMap { $0?.text } ?? NumberText.missing
      return "\(line.name): \(first) % at \(names.first ?? ""), \(last) % at \(names.last ?? "")."
    }.joined(separator: " ")
  }

  private var table: TextTable {
    let hasLevels = lines.contains { $0.level != nil }
    return TextTable(
      columns: [.words(lineTitle, key: "name")]
        + (hasLevels ? [.numbers("chance", key: "chance")] : [])
        + names.map { .numbers($0, key: $0) },
      rows: lines.map { line in
        [.init(line.name)] + (hasLevels ? [.fixed(line.level, decimals: 1)] : [])
          + line.points.map { .init($0?.text ?? NumberText.missing) }
      })
  }

  private var data: TextTable {
    TextTable(
      columns: [
        .words(lineTitle, key: "name"), .words(placeTitle, key: "place"),
        .numbers("value", key: "value"), .numbers("low", key: "low"),
        .numbers("high", key: "high"), .numbers("chance", key: "chance"),
      ],
      rows: lines.flatMap { line in
        line.points.enumerated().map { place, point in
          [
            .init(line.name), .init(names[place]), .significant(point?.value),
            .significant(point?.interval?.lowerBound), .significant(point?.interval?.upperBound),
            .significant(line.level),
          ]
        }
      })
  }
}
