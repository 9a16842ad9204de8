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

    /// The task with only the items that have results.
    func keeping(_ results: [ItemResult]) -> PreparedTask {
      guard results.count < items.count else { return self }
      let kept = Set(results.map(\.index))
      var task = self
      task.items.removeAll { !kept.contains($0.index) }
      return task
    }
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
  ///   - deadline: When the model begins no more work; `nil` for never.
  ///   - progress: Told by the model how much is done.
  ///   - plan: Told by the model what it will do, before it does.
  /// - Returns: The scores of the items that were finished.
  /// - Throws: The model's error, or `InputError` with task, item and choice of a request that
  ///   cannot be scored or whose answer is not a number.
  public func run(
    with model: any LogLikelihoodModel, path: String? = nil,
    until deadline: ContinuousClock.Instant? = nil, progress: WorkProgress.Handler? = nil,
    plan: ((ScoringPlan) -> Void)? = nil
  ) throws -> EvaluationResult {
    try naming(path) {
      let scored = try model.score(requests, until: deadline, progress: progress, plan: plan)
      return try score(scored.answers, work: scored.work)
    }
  }

  /// Scores every item with the models of one group of a series, which share work.
  ///
  /// - Parameters:
  ///   - series: The models.
  ///   - group: Which of its groups.
  ///   - journals: For each model of the group what an earlier run found, from which this one goes on,
  ///     and where it leaves what it found if it does not come to an end; empty for none.
  ///   - deadline: When no more work is begun; `nil` for never.
  ///   - progress: Told how much is done.
  ///   - plan: Told what will be done, before it is.
  /// - Returns: For each model of the group the scores of the items that were finished; each says what
  ///   all models together took.
  /// - Throws: As ``run(with:path:until:progress:plan:)``.
  public func run(
    with series: ModelSeries, group: Int, journals: [AnswerJournal] = [],
    until deadline: ContinuousClock.Instant? = nil, progress: WorkProgress.Handler? = nil,
    plan: ((ScoringPlan) -> Void)? = nil
  ) throws -> [EvaluationResult] {
    let requests = requests
    let known = try journals.map { try $0.answers(to: requests) }
    let open = requests.indices.filter { index in
      known.isEmpty || known.contains { $0[index] == nil }
    }
    let scored = try naming(nil, open) {
      try series.score(
        group: group, open.map { requests[$0] }, until: deadline, progress: progress, plan: plan)
    }
    return try scored.enumerated().map { member, scored in
      var answers = known.isEmpty ? requests.map { _ in nil } : known[member]
      for (index, answer) in zip(open, scored.answers) { answers[index] = answer ?? answers[index] }
      if !journals.isEmpty { try journals[member].keep(answers, to: requests) }
      return try score(answers, work: scored.work)
    }
  }

  /// Says which item of which task an error is about, and which checkpoint unless the error knows it;
  /// `requests` are those that were put to the model, `nil` for all.
  private func naming<Result>(
    _ path: String?, _ requests: [Int]? = nil, _ body: () throws -> Result
  ) throws -> Result {
    do {
      return try body()
    } catch let error as RequestError {
      throw InputError(
        path: error.path ?? path,
        place: place(ofRequest: requests.map { $0[error.index] } ?? error.index), error.message)
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

  /// Scores items from the answers to ``requests``.
  ///
  /// - Parameters:
  ///   - answers: One answer for each request, in their order; `nil` for none. Items without all of
  ///     theirs are left out, and tasks without an item.
  ///   - work: What it took to find the answers.
  /// - Returns: The scores.
  /// - Throws: `InputError` if a log-likelihood is not a number.
  public func score(
    _ answers: [LogLikelihood?], work: ScoringWork = ScoringWork()
  ) throws -> EvaluationResult {
    precondition(
      answers.count == tasks.reduce(0) { $0 + $1.items.reduce(0) { $0 + $1.requests.count } })
    var rest = answers[...]
    let results = try tasks.compactMap { task in
      let items: [ItemResult] = try task.items.compactMap { item in
        let own = rest.prefix(item.requests.count)
        rest = rest.dropFirst(own.count)
        let answers = own.compactMap(\.self)
        guard answers.count == own.count else { return nil }
        return try ItemResult(item, answers, taskName: task.task.name)
      }
      return items.isEmpty ? nil : TaskResult(task.keeping(items), items: items)
    }
    return EvaluationResult(
      tasks: results, groups: GroupResult.results(of: selection.groups, tasks: results),
      work: work)
  }
}
