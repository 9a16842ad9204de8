/// A request that cannot be scored.
///
/// Whoever made the requests knows what the index stands for and says so: a row of a file, an item
/// of a task.
public struct RequestError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Which of the requests, counted from 0.
  public var index: Int
  /// The checkpoint that it cannot be scored with, where others may do.
  public var path: String?
  /// What is wrong, with the numbers; lower case, no full stop.
  public var message: String

  /// Creates an error.
  public init(index: Int, path: String? = nil, _ message: String) {
    self.index = index
    self.path = path
    self.message = message
  }

  /// The error with its request, counted from 1.
  public var description: String { "request \(index + 1): \(message)" }
}
