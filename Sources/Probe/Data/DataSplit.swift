import Core
import OrderedCollections

/// The rows of one split of a data set.
struct DataSplit: Sendable {
  /// One row, and where it stands.
  struct Row: Sendable {
    var fields: OrderedDictionary<String, JSONValue>
    var path: String
    /// The line in a file of JSON lines, or the position in an array, from 1.
    var number: Int

    /// An error about the row.
    func error(_ message: String, hint: String? = nil) -> InputError {
      InputError(path: path, place: "row \(number)", message, hint: hint)
    }
  }

  var name: String
  var rows: [Row]
}
