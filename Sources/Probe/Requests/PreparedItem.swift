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
  /// One request for each choice.
  var requests: [TextRequest]
  /// The choices' lengths in code points.
  var choiceLengths: [Int]
  /// The indices of the right choices.
  var gold: [Int]
  /// The right answer as Python prints it.
  var target: String
  var hashes: ItemHashes

  /// How likely a guess is right.
  var chance: Double { Double(Set(gold).count) / Double(requests.count) }
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
