import Core
import OrderedCollections

/// What is made of a model's answers before they are scored: a list of steps under a name.
///
/// A task may have several; each has scores of its own.
struct ResponseFilter: Sendable {
  /// The name of the filter of tasks that have none.
  static let defaultName = "none"

  let name: String
  private let steps: [FilterStep]

  /// The filter that takes the first answer as it is.
  private static let first = ResponseFilter(name: defaultName, steps: [])

  /// The filters that `filter_list` asks for.
  ///
  /// - Throws: `InputError` for a filter that does not exist or whose arguments are wrong.
  static func filters(_ keys: KeyReader) throws -> [ResponseFilter] {
    guard let list = try keys.array("filter_list") else { return [first] }
    return try list.map { entry in
      guard let name = entry["name"]?.string, let steps = entry["filter"]?.array else {
        throw keys.source.error(key: "filter_list", "an entry without 'name' or 'filter'")
      }
      return ResponseFilter(
        name: name, steps: try steps.map { try FilterStep($0, source: keys.source) })
    }
  }

  /// What becomes of the answers to one request.
  ///
  /// - Parameters:
  ///   - answers: The answers, at least one.
  ///   - row: The item's row, whose choices some filters look for.
  /// - Returns: The answer that is scored.
  /// - Throws: `InputError` with the row if a filter needs a field that it lacks.
  func apply(to answers: [String], _ row: DataSplit.Row) throws -> String {
    try steps.reduce(answers) { try $1.apply(to: $0, row) }.first ?? ""
  }
}
