import Core
import OrderedCollections

/// An evaluation set: a task file with its data, read and checked.
public struct EvalTask: Sendable {
  let configuration: TaskConfiguration
  /// The rows that are evaluated.
  let rows: [DataSplit.Row]
  let itemSources: ItemSources
  let shotSources: ItemSources
  let description: FieldSource?
  private let data: DataSet

  /// The task's name.
  public var name: String { configuration.name }

  /// The name under which it is shown.
  public var alias: String { configuration.alias }

  /// How many items its evaluated split holds.
  public var itemCount: Int { rows.count }

  /// Reads a task's data.
  ///
  /// - Throws: `InputError` with file and key, or file and row.
  init(_ source: TaskSource, data folders: DataFolders) throws {
    let configuration = try TaskConfiguration(source)
    try self.init(configuration, DataSet(configuration, folders: folders))
  }

  /// Takes rows that were read already, as the task's `test` split.
  ///
  /// - Throws: `InputError` with the key of the task that is wrong.
  init(_ source: TaskSource, rows: [DataSplit.Row]) throws {
    try self.init(
      TaskConfiguration(source), DataSet(rows: rows, split: "test", source: source))
  }

  private init(_ configuration: TaskConfiguration, _ data: DataSet) throws {
    let source = configuration.source
    let shots = configuration.shots
    rows = try Self.evaluatedRows(configuration, data)
    // What rows are made into has fields of its own.
    let fields = OrderedSet(rows.first?.fields.keys ?? [])
    itemSources = try ItemSources(
      text: configuration.text, target: configuration.target, choices: configuration.choices,
      answerPrefix: configuration.answerPrefix, fields: fields, source: source)
    shotSources = try ItemSources(
      text: shots.text, target: shots.target, choices: shots.choices,
      answerPrefix: shots.answerPrefix, fields: fields, source: source)
    description = try configuration.description.map {
      try FieldSource($0, key: "description", fields: fields, source: source)
    }
    self.configuration = configuration
    self.data = data
  }

  private static func evaluatedRows(
    _ configuration: TaskConfiguration, _ data: DataSet
  ) throws -> [DataSplit.Row] {
    let evaluated =
      configuration.testSplit.map { ($0, "test_split") }
      ?? configuration.validationSplit.map { ($0, "validation_split") }
    guard let (name, key) = evaluated else { return [] }
    let rows = try rows(
      data.split(name, key: key).rows, by: configuration.rowFunction, configuration)
    guard !rows.isEmpty else {
      throw configuration.source.error(key: key, "'process_docs' leaves no row of split '\(name)'")
    }
    return rows
  }

  /// The rows that solved examples are chosen from; read only when they are asked for, since a
  /// training split may be large, or not there.
  ///
  /// - Throws: `InputError` if their split does not exist.
  func shotPool() throws -> [DataSplit.Row] {
    let shots = configuration.shots
    if let split = shots.split {
      return try Self.rows(
        data.split(split, key: "fewshot_split").rows, by: shots.rowFunction, configuration)
    }
    if let samples = shots.samples {
      return samples.enumerated().map { index, fields in
        DataSplit.Row(fields: fields, path: configuration.source.path, number: index + 1)
      }
    }
    let split =
      configuration.trainingSplit.map { ($0, "training_split") }
      ?? configuration.validationSplit.map { ($0, "validation_split") }
    guard let (name, key) = split else { return rows }
    return try Self.rows(
      data.split(name, key: key).rows, by: configuration.rowFunction, configuration)
  }

  /// Rows as `process_docs` makes them.
  private static func rows(
    _ rows: [DataSplit.Row], by function: NativeFunction?, _ configuration: TaskConfiguration
  ) throws -> [DataSplit.Row] {
    guard let function else { return rows }
    guard case .rows(let body) = function.body else {
      throw configuration.source.error(
        key: "process_docs", "'\(function.name)' makes no rows of rows")
    }
    return try body(rows)
  }
}
