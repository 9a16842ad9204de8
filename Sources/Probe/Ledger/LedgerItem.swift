import Core
import OrderedCollections

/// A finished item as a ledger keeps it.
struct LedgerItem: Sendable, Equatable {
  var task: String
  /// A hash of the task's content.
  var taskHash: String
  /// The item's row in the evaluated split, from 0.
  var number: Int
  var hashes: ItemHashes
  /// The item's metrics by name, behind the first filter with the filter's name.
  var metrics: JSONValue

  init(task: String, taskHash: String, _ item: ItemResult) {
    self.task = task
    self.taskHash = taskHash
    number = item.index
    hashes = item.hashes
    var metrics: OrderedDictionary<String, JSONValue> = [:]
    for (place, scored) in item.scored.enumerated() {
      for (name, score) in scored.scores {
        metrics[place == 0 ? name : "\(name),\(scored.filter)"] = score.ledgerValue
      }
    }
    self.metrics = .object(metrics)
  }
}

extension ItemScore {
  /// The score as JSON.
  fileprivate var ledgerValue: JSONValue {
    switch self {
    case .number(let value): Self.number(value)
    case .weighted(let sum, let weight):
      ["sum": Self.number(sum), "weight": Self.number(weight)]
    case .classified(let gold, let prediction):
      ["gold": .integer(gold), "prediction": .integer(prediction)]
    case .distribution(let gold, let probabilities):
      ["gold": .integer(gold), "probabilities": .array(probabilities.map(Self.number))]
    case .texts(let references, let prediction):
      [
        "references": .array(references.map(JSONValue.string)), "prediction": .string(prediction),
      ]
    }
  }

  private static func number(_ value: Double) -> JSONValue {
    value.isFinite ? .number(value) : .null
  }
}
