import Core
import OrderedCollections

/// An evaluation set: a task file with its data, read and checked.
public struct EvalTask: Sendable {
  let configuration: TaskConfiguration
  /// The rows that are evaluated.
  let rows: [DataSplit.Row]
  /// The rows that solved examples are chosen from.
  let shotPool: [DataSplit.Row]
  let itemSources: ItemSources
  let shotSources: ItemSources
  let description: FieldSource?

  /// The task's name.
  public var name: String { configuration.name }

  /// The name under which it is shown.
  public var alias: String { configuration.alias }

  /// How many items its evaluated split holds.
  public var itemCount: Int { rows.count }

  /// Reads a task's data.
  ///
  /// - Throws: `InputError` with file and key, or file and row.
  init(_ source: TaskSource) throws {
    let configuration = try TaskConfiguration(source)
    let data = try DataSet(configuration)
    let evaluated =
      configuration.testSplit.map { ($0, "test_split") }
      ?? configuration.validationSplit.map { ($0, "validation_split") }
    rows = try evaluated.map { try data.split($0.0, key: $0.1).rows } ?? []
    shotPool = try Self.shotPool(configuration, data) ?? rows
    let shots = configuration.shots
    itemSources = try ItemSources(
      text: configuration.text, target: configuration.target, choices: configuration.choices,
      fields: data.fields, source: source)
    shotSources = try ItemSources(
      text: shots.text, target: shots.target, choices: shots.choices, fields: data.fields,
      source: source)
    description =
      configuration.description.isEmpty
      ? nil
      : try FieldSource(
        .string(configuration.description), key: "description", fields: data.fields,
        source: source)
    self.configuration = configuration
  }

  /// The rows for solved examples; `nil` where those are the evaluated rows.
  private static func shotPool(
    _ configuration: TaskConfiguration, _ data: DataSet
  ) throws -> [DataSplit.Row]? {
    if let split = configuration.shots.split {
      return try data.split(split, key: "fewshot_split").rows
    }
    if let samples = configuration.shots.samples {
      return samples.enumerated().map { index, fields in
        DataSplit.Row(fields: fields, path: configuration.source.path, number: index + 1)
      }
    }
    if let split = configuration.trainingSplit {
      return try data.split(split, key: "training_split").rows
    }
    return try configuration.validationSplit.map {
      try data.split($0, key: "validation_split").rows
    }
  }
}
