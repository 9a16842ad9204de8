import Core
import Crypto
import Inference
import OrderedCollections
import Templates

/// One item of a task, ready to be scored.
struct PreparedItem: Sendable {
  /// The item's row in the evaluated split, from 0.
  var index: Int
  var row: DataSplit.Row
  /// What is put to the model: one request for each choice, and where the task asks for it one for
  /// each choice without a context; one request in all where there are no choices.
  var requests: [ItemRequest]
  /// The choices; none where the task has none.
  var choices: [String]
  /// The indices of the right choices.
  var gold: [Int]
  /// The texts that would be right, where the model makes a text of its own.
  var references: [String]
  /// The right answer as Python prints it.
  var target: String
  var hashes: ItemHashes

  /// How likely a guess is right; `nil` where there is nothing to guess.
  var chance: Double? {
    choices.isEmpty ? nil : Double(Set(gold).count) / Double(choices.count)
  }
}

/// SHA-256 sums by which two runs of one item are recognized; the same as lm-eval writes.
public struct ItemHashes: Sendable, Equatable {
  /// Of the row, as JSON with an indentation of two.
  public let document: String
  /// Of the first request's context.
  public let prompt: String
  /// Of the right answer.
  public let target: String

  init(row: DataSplit.Row, prompt: String, target: String) {
    document = Self.hash(JSONValue.object(row.fields).serialized(.pretty))
    self.prompt = Self.hash(prompt)
    self.target = Self.hash(target)
  }

  /// The SHA-256 sum of a text's UTF-8 in hexadecimal digits.
  static func hash(_ text: String) -> String {
    SHA256.hash(data: Array(text.utf8)).map { byte in
      let digits = String(byte, radix: 16)
      return digits.count < 2 ? "0\(digits)" : digits
    }.joined()
  }
}
