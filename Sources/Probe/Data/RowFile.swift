import Core

/// A file with the rows of a split.
struct RowFile {
  /// How its rows are written.
  enum Format {
    /// JSON lines, or one array of objects.
    case json
    /// A table whose fields stand between separators.
    case table(separator: Unicode.Scalar)
  }

  let path: String
  let format: Format

  /// A file whose ending, before `.zst` or `.gz`, says how its rows are written: `.csv` and `.tsv`
  /// are tables, everything else is JSON unless `isTable` holds.
  init(_ path: String, isTable: Bool = false) {
    self.path = path
    var name = path[...]
    if let method = Decompressor.Method(path: path) {
      name = name.dropLast(method.rawValue.count + 1)
    }
    format =
      name.hasSuffix(".tsv")
      ? .table(separator: "\t")
      : name.hasSuffix(".csv") || isTable ? .table(separator: ",") : .json
  }

  /// The rows of the file, which is unpacked first if it ends in `.zst` or `.gz`.
  ///
  /// Where `typed` does not hold, every value of a table is the text that stands there.
  ///
  /// - Throws: `InputError` with file and row.
  func rows(typed: Bool = true) throws -> [DataSplit.Row] {
    var bytes = try MappedFile.contents(ofFile: path)
    if let method = Decompressor.Method(path: path) {
      bytes = try Decompressor(method, path: path).unpack(bytes)
    }
    return switch format {
    case .json: try JSONRows.read(bytes, path: path)
    case .table(let separator):
      try TableRows.read(bytes, path: path, separator: separator, typed: typed)
    }
  }
}
