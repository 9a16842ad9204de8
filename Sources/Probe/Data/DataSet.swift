import Core
import OrderedCollections

/// A data set as it lies in files: its splits, with rows that all have the same fields.
struct DataSet: Sendable {
  /// Where the rows of a split come from.
  private enum Origin {
    /// Files that the task names, read together.
    case files([String: DataSplit])
    /// Files in the data folders, read when their split is asked for.
    case folders(DataFolders, path: String, name: String?)
  }

  private let origin: Origin
  private let source: TaskSource

  /// Reads the files that a task names, or notes where those of its data set lie.
  ///
  /// - Throws: `InputError` with file and row.
  init(_ configuration: TaskConfiguration, folders: DataFolders) throws {
    source = configuration.source
    switch configuration.data {
    case .named(let path, let name): origin = .folders(folders, path: path, name: name)
    case .files(let files):
      let splits = try Self.splits(files, configuration.source)
      origin = .files(Dictionary(uniqueKeysWithValues: splits.map { ($0.name, $0) }))
    }
  }

  /// A data set of rows that were read already, under the name of their split.
  init(rows: [DataSplit.Row], split: String, source: TaskSource) {
    self.source = source
    origin = .files([split: DataSplit(name: split, rows: rows)])
  }

  /// A split, which must exist and have rows.
  ///
  /// - Throws: `InputError` with every path that was tried, or with file and row.
  func split(_ name: String, key: String) throws -> DataSplit {
    let split: DataSplit
    switch origin {
    case .files(let splits):
      guard let known = splits[name] else {
        let names = splits.keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
        throw source.error(key: key, "there is no split '\(name)', only \(names)")
      }
      split = known
    case .folders(let folders, let path, let part):
      do {
        let file = try folders.file(ofSplit: name, path: path, name: part)
        split = Self.uniform([DataSplit(name: name, rows: try RowFile(file).rows())])[0]
      } catch let error as InputError where error.path == nil {
        throw source.error(key: "dataset_path", error.message, hint: error.hint)
      }
    }
    guard !split.rows.isEmpty else { throw source.error(key: key, "split '\(name)' is empty") }
    return split
  }

  private static func splits(
    _ files: OrderedDictionary<String, [String]>, _ source: TaskSource
  ) throws -> [DataSplit] {
    let base = source.origins["dataset_kwargs"] ?? source.path
    let isTable = source.values["dataset_path"]?.string == "csv"
    let splits = try files.map { name, files in
      let rows = try files.flatMap { file in
        try RowFile(locate(file, besides: base, source), isTable: isTable).rows()
      }
      return DataSplit(name: name, rows: rows)
    }
    return uniform(splits)
  }

  /// The splits with rows that have all fields of all of them, with one type for each field.
  private static func uniform(_ splits: [DataSplit]) -> [DataSplit] {
    var splits = splits
    var types: OrderedDictionary<String, ColumnType> = [:]
    for row in splits.lazy.flatMap(\.rows) {
      for (field, value) in row.fields {
        types[field] = types[field].map { $0.joined(ColumnType(value)) } ?? ColumnType(value)
      }
    }
    for split in splits.indices {
      for row in splits[split].rows.indices {
        let fields = splits[split].rows[row].fields
        splits[split].rows[row].fields = types.reduce(into: [:]) { result, column in
          result[column.key] = fields[column.key].map(column.value.coerce) ?? .null
        }
      }
    }
    return splits
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
