import Core

/// A drawing with all that belongs to it on the page.
struct Chart {
  /// One entry of the key: which mark stands for what.
  struct Key {
    let name: String
    /// The drawing of the mark.
    let swatch: String
  }

  let title: String
  /// What the reader sees, how to read it, and what the units are.
  let caption: String
  let svg: String
  let keys: [Key]
  /// The same numbers as a table.
  let table: TextTable
}

/// A scale from values to positions, with round tick marks.
struct ChartScale {
  let low: Double
  let high: Double
  let ticks: [Double]
  private let step: Double
  private let start: Double
  private let end: Double

  /// Fits a scale to values.
  ///
  /// - Parameters:
  ///   - values: What must fit on it.
  ///   - start: The position of the lower end.
  ///   - end: The position of the upper end.
  ///   - tickCount: About how many ticks there are.
  init(fitting values: [Double], from start: Double, to end: Double, tickCount: Int = 5) {
    let least = values.min() ?? 0
    let most = values.max() ?? 1
    let span = most > least ? most - least : max(abs(most), 1)
    let step = Self.roundStep(span / Double(max(1, tickCount)))
    low = (least / step).rounded(.down) * step
    high = max((most / step).rounded(.up) * step, low + step)
    self.step = step
    self.start = start
    self.end = end
    let count = Int(((high - low) / step).rounded())
    let first = low
    ticks = (0...count).map { first + Double($0) * step }
  }

  func position(_ value: Double) -> Double {
    start + (value - low) / (high - low) * (end - start)
  }

  /// A tick's label, with as many decimals as the ticks need.
  func label(_ tick: Double) -> String {
    var decimals = 0
    var scaled = step
    while decimals < 6, abs(scaled - scaled.rounded()) > 1e-9 * max(1, scaled) {
      decimals += 1
      scaled *= 10
    }
    return step < 1e-5
      ? NumberText.significant(tick, digits: 2)
      : NumberText.fixed(tick, decimals: decimals)
  }

  /// 1, 2 or 5 times a power of ten, not below a width.
  private static func roundStep(_ width: Double) -> Double {
    var power = 1.0
    while power > width { power /= 10 }
    while power * 10 <= width { power *= 10 }
    return [1, 2, 5, 10].map { $0 * power }.first { $0 >= width * 0.999 } ?? power * 10
  }
}

/// A mark of one line among several: a colour and a shape, so that colour alone decides nothing.
enum ChartMark {
  static let colorCount = 7

  /// The class that carries the colour.
  static func style(_ index: Int) -> String { "c\(index % colorCount)" }

  /// Draws the mark at a point.
  static func draw(
    _ index: Int, x: Double, y: Double, tip: String?, in drawing: inout SVGDrawing
  ) {
    let style = "mark \(style(index))"
    switch index % 4 {
    case 0: drawing.add("circle", class: style, ["cx": x, "cy": y, "r": 4.2], tip: tip)
    case 1:
      drawing.add(
        "rect", class: style, ["x": x - 3.8, "y": y - 3.8, "width": 7.6, "height": 7.6], tip: tip)
    case 2:
      polygon([(x, y - 5), (x + 4.8, y + 3.8), (x - 4.8, y + 3.8)], style, tip, &drawing)
    default:
      polygon([(x, y - 5.2), (x + 5.2, y), (x, y + 5.2), (x - 5.2, y)], style, tip, &drawing)
    }
  }

  private static func polygon(
    _ corners: [(x: Double, y: Double)], _ style: String, _ tip: String?,
    _ drawing: inout SVGDrawing
  ) {
    let points = corners.map { "\(Markup.coordinate($0.x)),\(Markup.coordinate($0.y))" }
      .joined(separator: " ")
    drawing.add("polygon", class: style, [:], extra: " points=\"\(points)\"", tip: tip)
  }

  /// The mark alone, for the key.
  static func swatch(_ index: Int) -> String {
    var drawing = SVGDrawing(width: 26, height: 14)
    drawing.add(path: [(1, 7), (25, 7)], class: "line \(style(index))")
    draw(index, x: 13, y: 7, tip: nil, in: &drawing)
    return "<svg class=\"swatch\" viewBox=\"0 0 26 14\" aria-hidden=\"true\">\(drawing.body)</svg>"
  }
}
