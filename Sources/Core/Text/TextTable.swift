/// A table of text that can be written for a terminal, for Markdown and as CSV.
public struct TextTable: Sendable, Equatable {
  /// One column: its heading, the name it has in CSV, and where its cells stand.
  public struct Column: Sendable, Equatable {
    /// Which edge the cells keep to.
    public enum Alignment: Sendable { case leading, trailing }

    /// The heading that a person reads, with the unit.
    public var title: String
    /// The heading in CSV: snake_case, as in JSON.
    public var key: String
    /// Which edge the cells keep to.
    public var alignment: Alignment

    /// A column of words.
    public static func words(_ title: String, key: String) -> Column {
      Column(title: title, key: key, alignment: .leading)
    }

    /// A column of numbers.
    public static func numbers(_ title: String, key: String) -> Column {
      Column(title: title, key: key, alignment: .trailing)
    }
  }

  /// One cell: what a person reads, and what CSV holds.
  public struct Cell: Sendable, Equatable, ExpressibleByStringLiteral,
    ExpressibleByStringInterpolation
  {
    /// What a person reads.
    public var text: String
    /// What CSV holds: the unrounded value, empty for none.
    public var raw: String

    /// A cell that reads the same everywhere.
    public init(_ text: String) {
      self.text = text
      raw = text
    }

    /// A cell that is rounded for people.
    public init(_ text: String, raw: String) {
      self.text = text
      self.raw = raw
    }

    /// A cell that reads the same everywhere.
    public init(stringLiteral value: String) { self.init(value) }

    /// A whole number, in groups of three digits for people.
    public static func count(_ value: Int?) -> Cell {
      Cell(value.map(NumberText.grouped) ?? NumberText.missing, raw: value.map(String.init) ?? "")
    }

    /// A number rounded to significant digits for people.
    public static func significant(_ value: Double?, digits: Int = 4) -> Cell {
      Cell(NumberText.significant(value, digits: digits), raw: rawText(value))
    }

    /// A number with fixed decimals for people.
    public static func fixed(_ value: Double?, decimals: Int) -> Cell {
      Cell(NumberText.fixed(value, decimals: decimals), raw: rawText(value))
    }

    /// A fraction that people read in percent; CSV holds the fraction.
    public static func percent(_ fraction: Double?, decimals: Int = 1) -> Cell {
      Cell(NumberText.percent(fraction, decimals: decimals), raw: rawText(fraction))
    }

    private static func rawText(_ value: Double?) -> String {
      value.map { $0.isFinite ? "\($0)" : "" } ?? ""
    }
  }

  /// What stands above the table; `nil` for nothing.
  public var title: String?
  /// The columns, from the left.
  public var columns: [Column]
  /// The rows, each with one cell for every column.
  public var rows: [[Cell]]

  /// Creates a table.
  public init(title: String? = nil, columns: [Column], rows: [[Cell]] = []) {
    self.title = title
    self.columns = columns
    self.rows = rows
  }

  /// The table for a terminal: columns two spaces apart, numbers to the right.
  ///
  /// Ends with a line feed.
  public func aligned() -> String {
    let rows = rows.map { $0.map(\.text.escapingControls) }
    let headings = columns.map(\.title.escapingControls)
    let widths = columns.indices.map { column in
      ([headings[column]] + rows.map { $0[column] }).map(\.terminalColumns).max() ?? 0
    }
    func line(_ texts: [String]) -> String {
      let cells = texts.enumerated().map { column, text in
        let space = String(repeating: " ", count: widths[column] - text.terminalColumns)
        return columns[column].alignment == .trailing ? space + text : text + space
      }
      return Self.trimmingEnd(cells.joined(separator: "  ")) + "\n"
    }
    return (title.map { "\($0.escapingControls)\n" } ?? "") + line(headings)
      + rows.map(line).joined()
  }

  /// The table in Markdown, with a heading where there is a title.
  public func markdown() -> String {
    func line(_ texts: [String]) -> String {
      "| " + texts.map(Self.escapedForMarkdown).joined(separator: " | ") + " |\n"
    }
    let rule = columns.map { $0.alignment == .trailing ? "---:" : "---" }
    return (title.map { "### \(Self.escapedForMarkdown($0))\n\n" } ?? "")
      + line(columns.map(\.title))
      + "| \(rule.joined(separator: " | ")) |\n" + rows.map { line($0.map(\.text)) }.joined()
  }

  /// The table as CSV (RFC 4180, line feeds), unrounded, the keys as its first line.
  public func csv() -> String {
    ([columns.map(\.key)] + rows.map { $0.map(\.raw) })
      .map(Self.csvLine).joined()
  }

  private static func trimmingEnd(_ line: String) -> Substring {
    var line = line[...]
    while line.last == " " { line.removeLast() }
    return line
  }

  /// A cell must not end its column or its row, or be taken for HTML.
  private static func escapedForMarkdown(_ text: String) -> String {
    text.reduce(into: "") { escaped, character in
      switch character {
      case "|": escaped += "\\|"
      case "<": escaped += "&lt;"
      case "&": escaped += "&amp;"
      case let character where character.isNewline: escaped += " "
      default: escaped.append(character)
      }
    }
  }

  /// One line of CSV.
  public static func csvLine(_ fields: [String]) -> String {
    fields.map(quotedForCSV).joined(separator: ",") + "\n"
  }

  private static func quotedForCSV(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { [",", "\"", "\n", "\r"].contains($0) }) else {
      return text
    }
    let doubled = text.split(separator: "\"", omittingEmptySubsequences: false)
    return "\"\(doubled.joined(separator: "\"\""))\""
  }
}
