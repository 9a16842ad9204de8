import Core

/// Text on a chart, whose width is not known where it is drawn.
enum ChartText {
  /// About how wide a letter is; the page's typeface is the reader's.
  static let letterWidth = 8.0

  /// Letters that are wider than most.
  private static let wideLetters: Set<Character> = [
    "m", "w", "M", "W", "<", ">", "=", "+", "~", "%", "@", "&", "#", "…", "—",
  ]

  /// About how wide a text is, rather too wide than too narrow.
  static func width(_ text: String) -> Double {
    text.reduce(0) { width, letter in
      let isIdeogram = letter.unicodeScalars.contains { $0.value >= 0x2E80 }
      return width
        + (isIdeogram ? 14 : wideLetters.contains(letter) ? 11.5 : letterWidth)
    }
  }

  /// A text cut so that it takes no more letters than given.
  static func cut(_ text: String, to letters: Int) -> String {
    text.count > letters ? "\(text.prefix(max(1, letters - 1)))…" : text
  }
}

/// The names below a horizontal axis: level where they fit, turned where they do not.
struct AxisLabels {
  private let names: [String]
  private let isTurned: Bool
  private let every: Int
  /// How much room they take below the axis.
  let height: Double

  private static let longest = 18

  /// - Parameters:
  ///   - names: The names, from the left.
  ///   - slot: The room that each has.
  init(_ names: [String], slot: Double) {
    self.names = names
    let longest =
      Double(min(Self.longest, names.map(\.count).max() ?? 0)) * ChartText.letterWidth
    isTurned = longest > slot - 4
    height = isTurned ? 10 + longest * 0.6 : 20
    // Where there are very many, only every k-th is named; all have their numbers in the table.
    every = max(1, Int((15 / slot).rounded(.up)))
  }

  func draw(_ index: Int, x: Double, y: Double, in drawing: inout SVGDrawing) {
    guard index.isMultiple(of: every) else { return }
    let name = names[index]
    let text = ChartText.cut(name, to: Self.longest)
    drawing.add(
      text: text, x: isTurned ? x + 5 : x, y: y, anchor: isTurned ? "end" : "middle",
      turned: isTurned ? -37 : 0, tip: text == name ? nil : name)
  }
}

/// The names of lines at their ends, moved apart where they would cover each other.
struct EndLabels {
  private static let spacing = 15.0

  /// The height of each name, in the order given.
  let heights: [Double]

  /// - Parameters:
  ///   - wanted: The height of each line's end.
  ///   - range: Between which heights the names must stay, as far as they fit.
  init(_ wanted: [Double], within range: ClosedRange<Double>) {
    let order = wanted.indices.sorted { (wanted[$0], $0) < (wanted[$1], $1) }
    var heights = wanted
    var lowest = range.lowerBound
    for place in order {
      heights[place] = max(heights[place], lowest)
      lowest = heights[place] + Self.spacing
    }
    var highest = range.upperBound
    for place in order.reversed() {
      heights[place] = min(heights[place], highest)
      highest = heights[place] - Self.spacing
    }
    self.heights = heights
  }
}
