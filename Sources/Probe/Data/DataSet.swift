import Core
import OrderedCollections

/// A data set as it lies in files: its splits, with rows that all have the same fields.
struct DataSet: Sendable {
  /// The names of all fields, in the order of their first appearance.
  let fields: OrderedSet<String>
  private let splits: [String: DataSplit]
  private let source: TaskSource

  /// Reads the files of a task.
  ///
  /// - Throws: `InputError` with file and row.
  init(_ configuration: TaskConfiguration) throws {
    let source = configuration.source
    let base = source.origins["dataset_kwargs"] ?? source.path
    var raw: [DataSplit] = []
    for (name, files) in configuration.dataFiles {
      let rows = try files.flatMap { try JSONRows.read(Self.locate($0, besides: base, source)) }
      raw.append(DataSplit(name: name, rows: rows))
    }
    var types: OrderedDictionary<String, ColumnType> = [:]
    for row in raw.lazy.flatMap(\.rows) {
      for (field, value) in row.fields {
        types[field] = types[field].map { $0.joined(ColumnType(value)) } ?? ColumnType(value)
      }
    }
    for split in raw.indices {
      for row in raw[split].rows.indices {
        let fields = raw[split].rows[row].fields
        raw[split].rows[row].fields = types.reduce(into: [:]) { result, column in
          result[column.key] = fields[column.key].map(column.value.coerce) ?? .null
        }
      }
    }
    self.source = source
    fields = types.keys
    splits = Dictionary(uniqueKeysWithValues: raw.map { ($0.name, $0) })
  }

  /// A split, which must exist and have rows.
  func split(_ name: String, key: String) throws -> DataSplit {
    guard let split = splits[name] else {
      let known = splits.keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
      throw source.error(key: key, "there is no split '\(name)', only \(known)")
    }
    guard !split.rows.isEmpty else { throw source.error(key: key, "split '\(name)' is empty") }
    return split
  }

  /// A data file beside the task file, or, as lm-eval looks for it, from the working folder.
  private static func locate(
    _ name: String, besides base: String, _ source: TaskSource
  ) throws -> String {
    var tried: [String] = []
    for path in [TaskSource.resolve(name, besides: base), name] where !tried.contains(path) {
      if FileKind(path) == .file { return path }
      tried.append(path)
    }
    let paths = tried.map { "'\($0)'" }.joined(separator: " and ")
    throw source.error(key: "dataset_kwargs", "no data file; tried \(paths)")
  }
}
