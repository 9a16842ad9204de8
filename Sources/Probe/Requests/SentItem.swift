public import Core
import Inference

/// An item as a model is asked about it.
public struct SentItem: Sendable {
  /// The task's name.
  public let task: String
  /// The item's row in the evaluated split, from 0.
  public let index: Int
  /// The row, after `process_docs`.
  public let document: JSONValue
  /// The right answer as Python prints it.
  public let target: String
  /// The requests, in their order.
  public let requests: [SentRequest]
}

/// One request of a ``SentItem``.
public struct SentRequest: Sendable {
  /// The text before what is scored or made.
  public let context: String
  /// The text that is scored; `nil` where the model makes one.
  public let continuation: String?
  /// Texts that end what the model makes.
  public let stops: [String]
  /// How many tokens the model makes at most; `nil` where a text is scored.
  public let maximumTokenCount: Int?

  init(_ request: ItemRequest) {
    switch request {
    case .text(let text):
      context = text.context
      continuation = text.continuation
      stops = []
      maximumTokenCount = nil
    case .generation(let request):
      context = request.context
      continuation = nil
      stops = request.stops
      maximumTokenCount = request.maximumTokenCount
    }
  }
}

/// How much a task of an evaluation sends.
public struct SentTask: Sendable {
  /// The task's name.
  public let name: String
  /// How many items it has.
  public let itemCount: Int
  /// How many solved examples stand before each.
  public let shotCount: Int
  /// How many requests there are in all.
  public let requestCount: Int
}

extension Evaluation {
  /// How much each task sends.
  public var sentTasks: [SentTask] {
    tasks.map { task in
      SentTask(
        name: task.task.name, itemCount: task.items.count, shotCount: task.shotCount,
        requestCount: task.items.reduce(0) { $0 + $1.requests.count })
    }
  }

  /// What each task sends about one item.
  ///
  /// - Parameter index: The item's row in the evaluated split, from 0.
  /// - Returns: An item for each task.
  /// - Throws: `InputError` if a task has no such item.
  public func sentItems(at index: Int) throws -> [SentItem] {
    try tasks.map { task in
      guard let item = task.items.first(where: { $0.index == index }) else {
        throw InputError(
          place: "task '\(task.task.name)'",
          "there is no item \(index), the last one is \(task.task.itemCount - 1)")
      }
      return SentItem(
        task: task.task.name, index: index, document: .object(item.row.fields),
        target: item.target, requests: item.requests.map(SentRequest.init))
    }
  }
}
