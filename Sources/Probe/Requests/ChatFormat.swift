import Core
import Foundation
public import Inference
import Templates

/// How prompts are put into a model's own chat template.
public struct ChatFormat: Sendable {
  private let template: ChatTemplate
  /// Whether solved examples are turns of their own, or all in one message.
  let isMultiturn: Bool

  /// Creates a format.
  ///
  /// - Parameters:
  ///   - template: The model's template.
  ///   - isMultiturn: Whether solved examples are turns of their own.
  public init(_ template: ChatTemplate, isMultiturn: Bool = true) {
    self.template = template
    self.isMultiturn = isMultiturn
  }

  /// The template's text.
  public var source: String { template.source }

  /// A prompt in the template; a last message of the assistant is left open, to be gone on with.
  ///
  /// A template that refuses a system message is given none, as lm-eval does.
  ///
  /// - Throws: `InputError` for messages that the template refuses.
  func render(_ messages: [PromptMessage]) throws -> String {
    let turns = isMultiturn ? messages : messages.joinedTurns
    do {
      return try text(of: turns)
    } catch let error as InputError {
      let others = turns.filter { $0.role != .system }
      guard others.count < turns.count else { throw error }
      return try text(of: others)
    }
  }

  /// What marks the end of an open message, as transformers marks it.
  private static let endMark = "CONTINUE_FINAL_MESSAGE_TAG"

  private func text(of turns: [PromptMessage]) throws -> String {
    guard var last = turns.last, last.role == .assistant else {
      return try template.render(turns.map(\.document), addsGenerationPrompt: true)
    }
    // The space at the end shows whether the template keeps the white space around a message.
    last.content += Self.endMark + " "
    let text = try template.render(
      (turns.dropLast() + [last]).map(\.document), addsGenerationPrompt: false)
    guard let mark = text.range(of: Self.endMark, options: [.backwards, .literal]) else {
      throw InputError("the chat template leaves out the text that the answer begins with")
    }
    let before = text[..<mark.lowerBound]
    guard !text[mark.upperBound...].hasPrefix(" ") else { return String(before) }
    return String(
      String.UnicodeScalarView(
        before.unicodeScalars.reversed().drop { PythonText.isSpace($0) }.reversed()))
  }
}
