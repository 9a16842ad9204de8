import Core

/// Text that becomes part of HTML or SVG.
enum Markup {
  /// The text with the characters escaped that HTML gives a meaning.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// A coordinate: at most one decimal.
  static func coordinate(_ value: Double) -> String {
    let text = NumberText.fixed(value, decimals: 1)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}

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
    body +=
      "<text class=\"\(style)\" \(place) text-anchor=\"\(anchor)\"\(turn)>"
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

  /// The whole drawing, named for those who cannot see it.
  ///
  /// - Parameters:
  ///   - id: An identifier that no other drawing of the page has.
  ///   - title: What is drawn.
  ///   - description: What it shows.
  /// - Returns: The `svg` element, which grows and shrinks with the page within limits.
  func svg(id: String, title: String, description: String) -> String {
    let size = "\(Markup.coordinate(width)) \(Markup.coordinate(height))"
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(size)\" role=\"img\" "
      + "aria-labelledby=\"\(id)-title \(id)-desc\" "
      + "style=\"min-width:\(Markup.coordinate(min(width * 0.75, width - 130)))px;"
      + "max-width:\(Markup.coordinate(width * 1.35))px\">"
      + "<title id=\"\(id)-title\">\(Markup.escaped(title))</title>"
      + "<desc id=\"\(id)-desc\">\(Markup.escaped(description))</desc>\(body)</svg>"
  }
}
