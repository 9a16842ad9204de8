import Core

/// A mark of one line among several: a colour and a shape, so that colour alone decides nothing.
enum ChartMark {
  static let colorCount = 7
  private static let shapeCount = 4

  /// The class that carries the colour, and dashes where the colours begin again.
  static func style(_ index: Int) -> String {
    "c\(index % colorCount)" + (index >= colorCount ? " again" : "")
  }

  /// Draws the mark at a point.
  static func draw(
    _ index: Int, x: Double, y: Double, tip: String?, in drawing: inout SVGDrawing
  ) {
    let style = "mark \(style(index))"
    // 7 colours and 4 shapes: where the colours begin again, the shape is another one.
    switch index % shapeCount {
    case 0: drawing.add("circle", class: style, ["cx": x, "cy": y, "r": 4.2], tip: tip)
    case 1:
      drawing.add(
        "rect", class: style, ["x": x - 3.8, "y": y - 3.8, "width": 7.6, "height": 7.6], tip: tip)
    case 2:
      drawing.add(
        polygon: [(x, y - 5), (x + 4.8, y + 3.8), (x - 4.8, y + 3.8)], class: style, tip: tip)
    default:
      drawing.add(
        polygon: [(x, y - 5.2), (x + 5.2, y), (x, y + 5.2), (x - 5.2, y)], class: style, tip: tip)
    }
  }

  /// The mark on its line, for the key.
  static func swatch(_ index: Int) -> String {
    var drawing = SVGDrawing(width: 26, height: 14)
    drawing.add(path: [(1, 7), (25, 7)], class: "line \(style(index))")
    draw(index, x: 13, y: 7, tip: nil, in: &drawing)
    return drawing.swatch
  }

  /// The mark without a line, for the key.
  static func pointSwatch(_ index: Int) -> String {
    var drawing = SVGDrawing(width: 14, height: 14)
    draw(index, x: 7, y: 7, tip: nil, in: &drawing)
    return drawing.swatch
  }
}
