import Core

/// A drawing with all that belongs to it on the page.
struct Chart {
  /// One entry of the key: which mark stands for what.
  struct Key {
    let name: String
    /// The drawing of the mark.
    let swatch: String
  }

  /// A name that no other chart of the report has; its data is in `charts/ID.csv`.
  let id: String
  let title: String
  /// What the reader sees, how to read it, and what the units are.
  let caption: String
  let svg: String
  let keys: [Key]
  /// The same numbers as a table for the page, rounded.
  let table: TextTable
  /// The same numbers for CSV, unrounded, one observation in a row.
  let data: TextTable

  /// Puts a chart together.
  ///
  /// - Parameters:
  ///   - id: A name that no other chart of the report has.
  ///   - title: What is drawn.
  ///   - caption: How to read it.
  ///   - drawing: The drawing.
  ///   - description: What it shows, for those who cannot see it.
  ///   - keys: What the marks stand for.
  ///   - table: The numbers for the page.
  ///   - data: The numbers for CSV; `nil` if those are the table's.
  init(
    id: String, title: String, caption: String, drawing: SVGDrawing, description: String,
    keys: [Key] = [], table: TextTable, data: TextTable? = nil
  ) {
    self.id = id
    self.title = title
    self.caption = caption
    svg = drawing.svg(id: id, title: title, description: description)
    self.keys = keys
    self.table = table
    self.data = data ?? table
  }

  /// Where the data is, in the folder of the report.
  var dataPath: String { "charts/\(id).csv" }
}

/// A number on a chart and its 95 % interval, in the chart's unit.
struct ChartValue {
  let value: Double
  let interval: ClosedRange<Double>?

  init(_ value: Double, interval: ClosedRange<Double>? = nil) {
    self.value = value
    self.interval = interval
  }

  /// An estimate, in its own unit or, with a factor, in another one.
  init(_ estimate: Estimate, times factor: Double = 1) {
    value = estimate.value * factor
    interval = estimate.interval.map { $0.lowerBound * factor...$0.upperBound * factor }
  }

  /// What the chart must have room for.
  var extent: [Double] { [value] + (interval.map { [$0.lowerBound, $0.upperBound] } ?? []) }

  /// The value with its interval, such as `12.3 [8.1, 16.0]`.
  var text: String { intervalText(value, interval) }
}

/// A number with its interval for a reader, such as `12.3 [8.1, 16.0]`.
func intervalText(_ value: Double?, _ interval: ClosedRange<Double>?, decimals: Int = 1) -> String {
  let bounds = interval.map {
    " [\(NumberText.fixed($0.lowerBound, decimals: decimals)), "
      + "\(NumberText.fixed($0.upperBound, decimals: decimals))]"
  }
  return NumberText.fixed(value, decimals: decimals) + (value == nil ? "" : bounds ?? "")
}
