import Foundation

/// A pattern with `*`, `?` and `[…]`, as shells have them.
struct Glob {
  let pattern: String

  /// Whether the whole of a text fits the pattern.
  func matches(_ text: String) -> Bool { unsafe fnmatch(pattern, text, 0) == 0 }
}
