import Core
import Formats
import Inference
public import Probe
import Synchronization

extension CheckpointInstruments {
  /// Opens a base and a stage tuned from it, so that parts of the one can be put back into the other.
  ///
  /// - Parameters:
  ///   - base: The base's checkpoint.
  ///   - tuned: The stage's.
  ///   - benchmark: The tasks.
  /// - Returns: What scores the outcome.
  /// - Throws: `InputError` for two that do not fit; `CheckpointError` for one that cannot be read.
  public func restorer(
    base: String, tuned: String, on benchmark: Evaluation
  ) throws -> any StageRestorer {
    let pair = try BlendPair(base: try source(base), tuned: try source(tuned))
    return CheckpointRestorer(
      pair: pair, model: try LanguageModel(pair.tuned, options: scoring, workGroup: workGroup),
      benchmark: benchmark, instruments: self)
  }
}

/// Puts tensors of one checkpoint back into another and scores the outcome; nothing is written but answers
/// to the ledger.
final class CheckpointRestorer: StageRestorer {
  private let pair: BlendPair
  /// The tuned model, whose tokenizer and numerics all others have.
  private let model: LanguageModel
  private let benchmark: Evaluation
  private let instruments: CheckpointInstruments
  private let hashes = Mutex<BlendHashes?>(nil)

  init(
    pair: BlendPair, model: LanguageModel, benchmark: Evaluation,
    instruments: CheckpointInstruments
  ) {
    self.pair = pair
    self.model = model
    self.benchmark = benchmark
    self.instruments = instruments
  }

  var places: [ModelPart.Place] { pair.places }
  var components: [Role.Component] { pair.components }
  var notes: [String] { pair.notes }

  func score(_ units: [RestoredUnit], progress: WorkProgress.Handler?) throws -> [StageScores] {
    let models = try units.map { unit in
      let source = pair.model(
        unit.part, alpha: unit.alpha,
        name: "\(pair.tuned.path) with \(unit.name) of \(pair.base.path)")
      return (source: source, model: try LanguageModel(source, like: model))
    }
    let run = try LedgerRun(
      benchmark, models, contentHashes: try contentHashes(units), ledger: instruments.ledger,
      workGroup: instruments.workGroup)
    var scores = [StageScores?](repeating: nil, count: units.count)
    for (place, result) in run.known { scores[place] = try stageScores(result) }
    for (group, members) in run.groups.enumerated() {
      let results = try run.run(group: group, progress: progress)
      for (place, result) in zip(members, results) { scores[place] = try stageScores(result) }
    }
    return scores.compactMap(\.self)
  }

  private func stageScores(_ result: EvaluationResult) throws -> StageScores {
    try instruments.scores(result, numerics: model.numerics)
  }

  /// What tells restored models from each other in a ledger; read from the weights once.
  private func contentHashes(_ units: [RestoredUnit]) throws -> [String]? {
    guard instruments.ledger != nil else { return nil }
    return try hashes.withLock { known in
      let found = try known ?? BlendHashes(pair, workGroup: instruments.workGroup)
      known = found
      return units.map { "\(found.contentHash(of: $0.part, alpha: $0.alpha))" }
    }
  }
}
