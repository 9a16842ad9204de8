import Core

/// A drawing that is written element by element.
struct SVGDrawing {
  /// The elements so far.
  private(set) var body = ""
  let width: Double
  let height: Double

  init(width: Double, height: Double) {
    self.width = width
    self.height = height
  }

  /// Adds an element with numbers as coordinates.
  mutating func add(
    _ name: String, class style: String, _ coordinates: KeyValuePairs<String, Double>,
    extra: String = "", tip: String? = nil
  ) {
    let attributes = coordinates.map { " \($0.key)=\"\(Markup.coordinate($0.value))\"" }.joined()
    body += "<\(name) class=\"\(style)\"\(attributes)\(extra)"
    body += tip.map { "><title>\(Markup.escaped($0))</title></\(name)>" } ?? "/>"
  }

  /// Adds a text; `anchor` is `start`, `middle` or `end`.
  mutating func add(
    text: String, x: Double, y: Double, anchor: String = "start", class style: String = "tick",
    turned degrees: Double = 0, tip: String? = nil
  ) {
    let place = "x=\"\(Markup.coordinate(x))\" y=\"\(Markup.coordinate(y))\""
    let turn =
      degrees == 0
      ? ""
      : " transform=\"rotate(\(Markup.coordinate(degrees)) \(Markup.coordinate(x)) "
        + "\(Markup.coordinate(y)))\""
    let title = tip.map { "<title>\(Markup.escaped($0))</title>" } ?? ""
    let anchor = anchor == "start" ? "" : " text-anchor=\"\(anchor)\""
    body +=
      "<text class=\"\(style)\" \(place)\(anchor)\(turn)>"
      + "\(title)\(Markup.escaped(text))</text>"
  }

  /// Adds a line through points.
  mutating func add(path points: [(x: Double, y: Double)], class style: String) {
    guard points.count > 1 else { return }
    let text = points.map {
      "\(Markup.coordinate($0.x)) \(Markup.coordinate($0.y))"
    }.joined(separator: "L")
    body += "<path class=\"\(style)\" d=\"M\(text)\"/>"
  }

  /// Adds a filled shape.
  mutating func add(polygon corners: [(x: Double, y: Double)], class style: String, tip: String?) {
    let points = corners.map { "\(Markup.coordinate($0.x)),\(Markup.coordinate($0.y))" }
      .joined(separator: " ")
    add("polygon", class: style, [:], extra: " points=\"\(points)\"", tip: tip)
  }

  /// Adds a rectangle of a shade, in as few letters as possible: maps have thousands.
  mutating func add(
    shade: Double, x: Double, y: Double, width: Double, height: Double, tip: String? = nil
  ) {
    let (x, y) = (Markup.coordinate(x), Markup.coordinate(y))
    let (width, height) = (Markup.coordinate(width), Markup.coordinate(height))
    let opacity = NumberText.fixed(min(1, max(0, shade)), decimals: 2)
    body +=
      "<path class=\"heat\" d=\"M\(x) \(y)h\(width)v\(height)h-\(width)z\" "
      + "opacity=\"\(opacity.hasPrefix("0") ? String(opacity.dropFirst()) : opacity)\""
      + (tip.map { "><title>\(Markup.escaped($0))</title></path>" } ?? "/>")
  }

  /// The whole drawing, named for those who cannot see it.
  ///
  /// - Parameters:
  ///   - id: An identifier that no other drawing of the page has.
  ///   - title: What is drawn.
  ///   - description: What it shows.
  /// - Returns: The `svg` element, which grows and shrinks with the page within limits.
  func svg(id: String, title: String, description: String) -> String {
    let size = "\(Markup.coordinate(width)) \(Markup.coordinate(height))"
    // Below this width letters would be too small: the figure scrolls instead.
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(size)\" role=\"img\" "
      + "aria-labelledby=\"\(id)-title \(id)-desc\" "
      + "style=\"min-width:\(Markup.coordinate(width * 0.77))px;"
      + "max-width:\(Markup.coordinate(width * 1.3))px\">"
      + "<title id=\"\(id)-title\">\(Markup.escaped(title))</title>"
      + "<desc id=\"\(id)-desc\">\(Markup.escaped(description))</desc>\(body)</svg>"
  }

  /// The drawing as a sign beside a word that says what it is.
  var swatch: String {
    "<svg class=\"swatch\" viewBox=\"0 0 \(Markup.coordinate(width)) "
      + "\(Markup.coordinate(height))\" width=\"\(Markup.coordinate(width))\" "
      + "height=\"\(Markup.coordinate(height))\" aria-hidden=\"true\">\(body)</svg>"
  }
}
