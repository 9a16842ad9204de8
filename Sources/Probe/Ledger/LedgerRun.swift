public import Core
public import Formats
public import Inference
import OrderedCollections

/// Runs an evaluation with several models, of which a ledger may know something already.
///
/// A model that the ledger knows all answers of is not asked; the others are, those with something in
/// common together, and what they answer goes to the ledger batch by batch.
public struct LedgerRun: Sendable {
  private let evaluation: Evaluation
  private let series: ModelSeries
  /// For each model of the series its place among all.
  private let places: [Int]
  /// For each model where its answers are kept; empty without a ledger.
  private let stores: [LedgerModel]
  /// The results of the models that need not be asked, by their places.
  public let known: [(place: Int, result: EvaluationResult)]

  /// Looks what the ledger knows; with one, every weight is read once for its hash.
  ///
  /// - Parameters:
  ///   - evaluation: What the models are asked.
  ///   - models: The models with the weights that they were loaded from.
  ///   - contentHashes: The content hashes of their weights, where they are known; else every weight is
  ///     read for them.
  ///   - ledger: The ledger; `nil` for none.
  ///   - workGroup: The threads that hash and compare.
  /// - Throws: `InputError` for a ledger that cannot be read, `CheckpointError` for a tensor that cannot
  ///   be decoded.
  public init(
    _ evaluation: Evaluation, _ models: [(source: ModelSource, model: LanguageModel)],
    contentHashes: [String]? = nil, ledger: ResultLedger?, workGroup: WorkGroup
  ) throws {
    self.evaluation = evaluation
    let stores = try ledger.map { ledger in
      try models.enumerated().map { place, loaded in
        let hash =
          try contentHashes?[place]
          ?? loaded.source.contentHash(workGroup: workGroup).description
        return LedgerModel(
          ledger, ModelIdentity(loaded.model, contentHash: hash), path: loaded.model.path)
      }
    }
    self.stores = stores ?? []
    known = try (stores ?? []).enumerated().compactMap { place, store in
      try evaluation.result(from: store).map { (place, $0) }
    }
    let finished = Set(known.map(\.place))
    let open = models.indices.filter { !finished.contains($0) }
    places = open
    series = try ModelSeries(open.map { models[$0].model }, workGroup: workGroup)
    for (place, result) in known { try keep(result, of: place) }
  }

  /// The models that are asked together, by their places.
  public var groups: [[Int]] { series.groups.map { $0.map { places[$0] } } }

  /// The content hash of a model's weights, where a ledger had to know it.
  public func contentHash(of place: Int) -> String? {
    stores.isEmpty ? nil : stores[place].identity.checkpoint
  }

  /// Asks the models of one of ``groups``.
  ///
  /// - Parameters:
  ///   - group: Which group.
  ///   - deadline: When no more work is begun; `nil` for never.
  ///   - progress: Told how much is done.
  ///   - plan: Told what will be done, before it is.
  /// - Returns: For each model of the group the scores of the items that were finished.
  /// - Throws: As ``Evaluation/run(with:group:stores:until:progress:plan:)``.
  public func run(
    group: Int, until deadline: ContinuousClock.Instant? = nil,
    progress: WorkProgress.Handler? = nil, plan: ((ScoringPlan) -> Void)? = nil
  ) throws -> [EvaluationResult] {
    let members = groups[group]
    let results = try evaluation.run(
      with: series, group: group, stores: stores.isEmpty ? [] : members.map { stores[$0] },
      until: deadline, progress: progress, plan: plan)
    for (place, result) in zip(members, results) { try keep(result, of: place) }
    return results
  }

  private func keep(_ result: EvaluationResult, of place: Int) throws {
    guard !stores.isEmpty else { return }
    try stores[place].keep(items: evaluation.ledgerItems(of: result))
  }
}

extension Evaluation {
  /// The scores that known answers give; `nil` where one is missing.
  func result(from store: any AnswerStore) throws -> EvaluationResult? {
    let answers = try store.answers(to: requests)
    guard answers.allSatisfy({ $0 != nil }) else { return nil }
    return try score(answers)
  }

  /// The finished items as a ledger keeps them.
  func ledgerItems(of result: EvaluationResult) -> [LedgerItem] {
    result.tasks.flatMap { task in
      let values = tasks.first { $0.task.name == task.name }?.task.configuration.source.values
      let hash = ItemHashes.hash(JSONValue.object(values ?? [:]).serialized())
      return task.items.map { LedgerItem(task: task.name, taskHash: hash, $0) }
    }
  }
}
