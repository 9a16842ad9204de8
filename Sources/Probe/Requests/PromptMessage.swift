import Core
import Templates

/// A part of a prompt: what somebody says, and what stands behind it where no chat template does.
struct PromptMessage: Sendable {
  /// Who says it, as chat templates name them.
  enum Role: String, Sendable { case system, user, assistant }

  var role: Role
  var content: String
  var delimiter = ""

  /// As part of a prompt without a chat template.
  var text: String { content + delimiter }

  /// As chat templates take it.
  var document: JSONValue { ["role": .string(role.rawValue), "content": .string(content)] }
}

extension [PromptMessage] {
  /// All messages of the user and solved examples as one message, behind a system message and before
  /// what the answer begins with.
  var joinedTurns: [PromptMessage] {
    var rest = self
    let system = rest.first?.role == .system ? [rest.removeFirst()] : []
    let prefix = rest.last?.role == .assistant ? [rest.removeLast()] : []
    guard !rest.isEmpty else { return self }
    rest[rest.count - 1].delimiter = ""
    return system + [PromptMessage(role: .user, content: rest.map(\.text).joined())] + prefix
  }
}

/// How texts are joined in prompts.
enum PromptText {
  /// Two texts with a delimiter between them, unless one of them has white space there or is empty.
  static func joined(_ first: String, _ second: String, by delimiter: String) -> String {
    needsDelimiter(first, second) ? first + delimiter + second : first + second
  }

  /// Whether neither of two texts is empty or has white space where they meet.
  static func needsDelimiter(_ first: String, _ second: String) -> Bool {
    guard let last = first.unicodeScalars.last, let next = second.unicodeScalars.first else {
      return false
    }
    return !PythonText.isSpace(last) && !PythonText.isSpace(next)
  }

  /// Whether a text ends with white space.
  static func endsWithSpace(_ text: String) -> Bool {
    text.unicodeScalars.last.map(PythonText.isSpace) ?? false
  }
}
