/// Something that a user gave cannot be used: a file, a field of it, or a value.
///
/// Its description is one line, `path: place: what is wrong`, and at most one `hint:` line. Every
/// library error that is not about a checkpoint's bytes has this shape; those are
/// `CheckpointError` in `Formats`, which prints the same way.
public struct InputError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file or folder, as the user wrote it; `nil` where no file is concerned.
  public var path: String?
  /// Where in it, such as `row 12`, `key 'rope_theta'` or `at byte 40`.
  public var place: String?
  /// What is wrong, with the value found and the value expected; lower case, no full stop.
  public var message: String
  /// What the user could do about it.
  public var hint: String?

  /// Creates an error from its parts.
  public init(path: String? = nil, place: String? = nil, _ message: String, hint: String? = nil) {
    self.path = path
    self.place = place
    self.message = message
    self.hint = hint
  }

  /// The error as a user reads it: one line, and the hint below it where there is one.
  public var description: String {
    let line = [path, place, message].compactMap(\.self).joined(separator: ": ").escapingControls
    return hint.map { "\(line)\n  hint: \($0.escapingControls)" } ?? line
  }
}
