public import Core
public import Inference

/// A run of tasks: the requests of all their items, and the scores that answers to them give.
///
/// Prepared once, it can be run with many checkpoints, which then all see the same requests.
public struct Evaluation: Sendable {
  let selection: TaskSelection
  let tasks: [PreparedTask]
  /// How the tasks are run.
  public let options: EvaluationOptions

  /// Writes all requests of a selection of tasks.
  ///
  /// - Parameters:
  ///   - selection: The tasks.
  ///   - options: How they are run.
  /// - Throws: `InputError` with file and row of an item that cannot be made.
  public init(_ selection: TaskSelection, options: EvaluationOptions = EvaluationOptions()) throws {
    self.selection = selection
    self.options = options
    let sizes = selection.sampleSizes(options)
    tasks = try selection.tasks.map {
      try PreparedTask($0, options, sampleSize: sizes?[$0.name])
    }
  }

  /// All requests: task by task, item by item, choice by choice.
  public var requests: [ItemRequest] { tasks.flatMap { $0.items.flatMap(\.requests) } }

  /// The names of the tasks, in the order of the run.
  public var taskNames: [String] { tasks.map(\.task.name) }

  /// How many items there are in all tasks.
  public var itemCount: Int { tasks.reduce(0) { $0 + $1.items.count } }

  /// Scores every item with a model.
  ///
  /// All requests go to the model in one call, so that it can share work between them.
  ///
  /// - Parameters:
  ///   - model: What finds texts likely or not, and goes on with them.
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
    let questions = Questions(requests, known: [])
    var answers = questions.answers[0]
    let scored = try naming(path, questions.texts) {
      try model.score(
        questions.textRequests, until: deadline, progress: progress, plan: plan, deliver: nil)
    }
    for (index, answer) in zip(questions.texts, scored.answers) {
      answers[index] = answer.map(ItemAnswer.logLikelihood)
    }
    let generated = try naming(path, questions.generations) {
      try model.generate(
        questions.generationRequests, until: deadline, progress: progress, deliver: nil)
    }
    for (index, answer) in zip(questions.generations, generated) {
      answers[index] = answer.map(ItemAnswer.text)
    }
    return try score(answers, work: scored.work)
  }

  /// Scores every item with the models of one group of a series, which share work.
  ///
  /// - Parameters:
  ///   - series: The models.
  ///   - group: Which of its groups.
  ///   - stores: For each model of the group where its answers are kept: what is there is not asked
  ///     for, and what is found is put there at once; empty for none.
  ///   - deadline: When no more work is begun; `nil` for never.
  ///   - progress: Told how much is done.
  ///   - plan: Told what will be done, before it is.
  /// - Returns: For each model of the group the scores of the items that were finished; each says what
  ///   all models together took.
  /// - Throws: As ``run(with:path:until:progress:plan:)``, and what a store throws.
  public func run(
    with series: ModelSeries, group: Int, stores: [any AnswerStore] = [],
    until deadline: ContinuousClock.Instant? = nil, progress: WorkProgress.Handler? = nil,
    plan: ((ScoringPlan) -> Void)? = nil
  ) throws -> [EvaluationResult] {
    let requests = requests
    let members = series.groups[group]
    let questions = Questions(
      requests, known: try stores.map { try $0.answers(to: requests) }, memberCount: members.count)
    var answers = questions.answers
    func keep(_ found: [(model: Int, request: Int, answer: ItemAnswer)]) throws {
      for (model, own) in Dictionary(grouping: found, by: \.model) {
        for (_, request, answer) in own { answers[model][request] = answer }
        if !stores.isEmpty {
          try stores[model].keep(own.map { (requests[$0.request], $0.answer) })
        }
      }
    }
    var work = ScoringWork()
    if !questions.texts.isEmpty {
      let scored = try naming(nil, questions.texts) {
        try series.score(
          group: group, questions.textRequests, until: deadline, progress: progress, plan: plan
        ) { found in
          try keep(
            found.map { ($0.model, questions.texts[$0.request], .logLikelihood($0.answer)) })
        }
      }
      work = scored[0].work
    }
    for (member, model) in members.enumerated() where !questions.generations.isEmpty {
      let open = questions.generations.filter { answers[member][$0] == nil }
      _ = try naming(series.models[model].path, open) {
        try series.models[model].generate(
          open.compactMap { requests[$0].generationRequest }, until: deadline, progress: progress
        ) { found in
          try keep(found.map { (member, open[$0.request], .text($0.answer)) })
        }
      }
    }
    return try answers.map { try score($0, work: work) }
  }

  /// Says which item of which task an error is about, and which checkpoint unless the error knows it;
  /// `requests` are those that were put to the model.
  private func naming<Result>(
    _ path: String?, _ requests: [Int], _ body: () throws -> Result
  ) throws -> Result {
    do {
      return try body()
    } catch let error as RequestError {
      throw InputError(
        path: error.path ?? path, place: place(ofRequest: requests[error.index]), error.message)
    }
  }

  /// Which item and choice a request stands for.
  private func place(ofRequest index: Int) -> String {
    var rest = index
    for task in tasks {
      for item in task.items {
        guard rest >= item.requests.count else {
          let place = "task '\(task.task.name)': item \(item.index)"
          return item.choices.isEmpty ? place : "\(place): choice \(rest % item.choices.count)"
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
  ///   - workGroup: The threads that draw for standard errors.
  /// - Returns: The scores.
  /// - Throws: `InputError` if a log-likelihood is not a number.
  public func score(
    _ answers: [ItemAnswer?], work: ScoringWork = ScoringWork(),
    workGroup: WorkGroup = WorkGroup(threadCount: nil)
  ) throws -> EvaluationResult {
    precondition(
      answers.count == tasks.reduce(0) { $0 + $1.items.reduce(0) { $0 + $1.requests.count } })
    var rest = answers[...]
    let results = try tasks.compactMap { task in
      let scorer = ItemScorer(task.task.configuration)
      let items: [ItemResult] = try task.items.compactMap { item in
        let own = rest.prefix(item.requests.count)
        rest = rest.dropFirst(own.count)
        let answers = own.compactMap(\.self)
        guard answers.count == own.count else { return nil }
        return try scorer.result(item, answers)
      }
      return items.isEmpty
        ? nil : TaskResult(task.keeping(items), items: items, workGroup: workGroup)
    }
    return EvaluationResult(
      tasks: results, groups: GroupResult.results(of: selection.groups, tasks: results),
      work: work)
  }
}
