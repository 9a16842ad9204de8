public import Core
public import Inference

/// How tasks are run.
public struct EvaluationOptions: Sendable, Equatable {
  /// How many solved examples stand before an item; `nil` leaves it to the task.
  ///
  /// A task that says 0 itself keeps its 0.
  public var shotCount: Int?
  /// How many items of each task are evaluated, the first ones; `nil` for all.
  public var limit: Int?

  /// Creates options.
  public init(shotCount: Int? = nil, limit: Int? = nil) {
    self.shotCount = shotCount
    self.limit = limit
  }
}

/// A run of tasks: the requests of all their items, and the scores that answers to them give.
///
/// Prepared once, it can be run with many checkpoints, which then all see the same requests.
public struct Evaluation: Sendable {
  /// One task with its items.
  struct PreparedTask: Sendable {
    var task: EvalTask
    var shotCount: Int
    var items: [PreparedItem]
  }

  let selection: TaskSelection
  let tasks: [PreparedTask]
  /// How the tasks are run.
  public let options: EvaluationOptions

  /// Writes all requests of a selection of tasks.
  ///
  /// - Throws: `InputError` with file and row of an item that cannot be made.
  public init(_ selection: TaskSelection, options: EvaluationOptions = EvaluationOptions()) throws {
    self.selection = selection
    self.options = options
    tasks = try selection.tasks.map { task in
      let own = task.configuration.shotCount
      let shotCount = own == 0 ? 0 : options.shotCount ?? own ?? 0
      var writer = try PromptWriter(task, shotCount: shotCount)
      let count = min(task.rows.count, options.limit ?? .max)
      let items = try (0..<count).map { try writer.item(at: $0) }
      return PreparedTask(task: task, shotCount: shotCount, items: items)
    }
  }

  /// All requests: task by task, item by item, choice by choice.
  public var requests: [TextRequest] { tasks.flatMap { $0.items.flatMap(\.requests) } }

  /// How many items there are in all tasks.
  public var itemCount: Int { tasks.reduce(0) { $0 + $1.items.count } }

  /// Scores every item with a model.
  ///
  /// All requests go to the model in one call, so that it can share work between them.
  ///
  /// - Parameters:
  ///   - model: What finds texts likely or not.
  ///   - path: The model's checkpoint, which errors name.
  ///   - progress: Told by the model how many requests are done.
  /// - Returns: The scores.
  /// - Throws: The model's error, or `InputError` with task, item and choice of a request that
  ///   cannot be scored or whose answer is not a number.
  public func run(
    with model: any LogLikelihoodModel, path: String? = nil,
    progress: WorkProgress.Handler? = nil
  ) throws -> EvaluationResult {
    do {
      return try score(try model.logLikelihoods(of: requests, progress: progress))
    } catch let error as RequestError {
      throw InputError(path: path, place: place(ofRequest: error.index), error.message)
    }
  }

  /// Which item and choice a request stands for.
  private func place(ofRequest index: Int) -> String {
    var rest = index
    for task in tasks {
      for item in task.items {
        guard rest >= item.requests.count else {
          return "task '\(task.task.name)': item \(item.index): choice \(rest)"
        }
        rest -= item.requests.count
      }
    }
    return "request \(index)"
  }

  /// Scores every item from the answers to ``requests``.
  ///
  /// - Parameter answers: One answer for each request, in their order.
  /// - Returns: The scores.
  /// - Throws: `InputError` if a log-likelihood is not a number.
  public func score(_ answers: [LogLikelihood]) throws -> EvaluationResult {
    precondition(
      answers.count == tasks.reduce(0) { $0 + $1.items.reduce(0) { $0 + $1.requests.count } })
    var rest = answers[...]
    let results = try tasks.map { task in
      let items = try task.items.map { item in
        defer { rest = rest.dropFirst(item.requests.count) }
        return try ItemResult(
          item, Array(rest.prefix(item.requests.count)), taskName: task.task.name)
      }
      return TaskResult(task, items: items)
    }
    return EvaluationResult(
      tasks: results, groups: GroupResult.results(of: selection.groups, tasks: results))
  }
}
