public import Core

extension ScoreTable {
  /// The columns that a table of scores must have.
  public static let requiredColumns = ["run", "stage", "axis", "task", "score"]

  /// Reads scores from the columns `run,stage,axis,task,score` and `chance`, which may be absent.
  ///
  /// Other columns are not looked at. A row whose task is its axis is an aggregate.
  ///
  /// - Parameters:
  ///   - csv: The table.
  ///   - path: The file's name in errors.
  ///   - scale: The scale of its scores; `nil` finds out: fractions where no value exceeds 1.
  /// - Throws: ``InputError`` if a column is missing, a field cannot be read, the scales are mixed,
  ///   or the scores are not complete.
  public init(csv: CSVTable, path: String, scale: ScoreScale? = nil) throws(InputError) {
    let parser = try ScoreRowParser(header: csv.header, path: path)
    var records: [ScoreRecord] = []
    for row in csv.rows { records.append(try parser.record(row)) }
    if let scale {
      try self.init(records: records, scale: scale, path: path)
    } else {
      let found = try Self.scale(of: records, path: path)
      try self.init(records: records, scale: found, path: path)
    }
  }

  /// Tells fractions from percentages.
  ///
  /// Values above 1 are percentages. A fraction beside them is taken for a mistake, as a chance of
  /// 0.25 beside a score of 80 is; 0 and 1 may be either.
  private static func scale(
    of records: [ScoreRecord], path: String
  ) throws(InputError) -> ScoreScale {
    let values = records.flatMap { record in
      [record.score, record.chance].compactMap(\.self).map { (value: $0, line: record.line ?? 0) }
    }
    guard let percentage = values.first(where: { $0.value > 1 }) else { return .fraction }
    if let fraction = values.first(where: { $0.value > 0 && $0.value < 1 }) {
      throw InputError(
        path: path, place: "row \(fraction.line)",
        "\(fraction.value) is a fraction, but row \(percentage.line) has \(percentage.value): "
          + "scores and chances must be on one scale, 0-1 or 0-100",
        hint: "if all of them are percentages, say --scale 0-100")
    }
    return .percent
  }
}

/// Reads records from rows by the names of their columns.
private struct ScoreRowParser {
  let columns: [String: Int]
  let path: String

  init(header: [String], path: String) throws(InputError) {
    columns = Dictionary(uniqueKeysWithValues: header.enumerated().map { ($0.element, $0.offset) })
    self.path = path
    for name in ScoreTable.requiredColumns where columns[name] == nil {
      throw InputError(
        path: path, place: "row 1",
        "no column '\(name)'; the header has \(header.map { "'\($0)'" }.joined(separator: ", "))",
        hint: "the columns are run,stage,axis,task,score and, if known, chance")
    }
  }

  func record(_ row: CSVTable.Row) throws(InputError) -> ScoreRecord {
    let axis = try text("axis", row)
    let task = try text("task", row)
    return ScoreRecord(
      run: try text("run", row), stage: try stage(row), axis: axis, task: task,
      score: try number("score", row), chance: try chance(row), line: row.line,
      isAggregate: task == axis)
  }

  private func field(_ name: String, _ row: CSVTable.Row) -> String {
    columns[name].map { row.fields[$0].trimmingBlanks() } ?? ""
  }

  private func text(_ name: String, _ row: CSVTable.Row) throws(InputError) -> String {
    let text = field(name, row)
    guard !text.isEmpty else { throw problem("is empty", name, row) }
    return text
  }

  private func stage(_ row: CSVTable.Row) throws(InputError) -> Int {
    let text = field("stage", row)
    guard let stage = Int(text), (0...Self.largestStage).contains(stage) else {
      throw problem(
        "'\(text)' is not a stage; expected an integer from 0 (the base) to \(Self.largestStage)",
        "stage", row)
    }
    return stage
  }

  private func chance(_ row: CSVTable.Row) throws(InputError) -> Double? {
    field("chance", row).isEmpty ? nil : try number("chance", row)
  }

  private func number(_ name: String, _ row: CSVTable.Row) throws(InputError) -> Double {
    let text = field(name, row)
    guard let value = Double(text), value.isFinite else {
      throw problem("'\(text)' is not a number", name, row)
    }
    return value
  }

  private func problem(_ message: String, _ name: String, _ row: CSVTable.Row) -> InputError {
    let column = (columns[name] ?? 0) + 1
    return InputError(
      path: path, place: "row \(row.line), column \(column) ('\(name)')", message)
  }

  /// A bound far above any real series, so that a mistyped stage cannot ask for much memory.
  private static let largestStage = 100_000
}
