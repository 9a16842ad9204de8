public import Core
public import Formats

/// The drift along a series of checkpoints: each stage against the base and the stage before.
public struct Trajectory: Sendable {
  /// One training run and the checkpoint that it left.
  public struct Stage: Sendable {
    /// What the stage is called.
    public var name: String
    /// Its place in the series, from 1; the base is 0.
    public var index: Int
    /// The drift since the base.
    public var fromBase: CheckpointComparison
    /// The drift since the stage before; for the first stage the same as ``fromBase``.
    public var fromPrevious: CheckpointComparison
    /// How this stage's update relates to the one before it, by part of the model.
    ///
    /// A part is absent where there is no stage before, and where a tensor is not in all three
    /// checkpoints. Tensors that are count for their group.
    public var turns: [DriftUnit: TurnMetrics]
  }

  /// The path of the base.
  public var base: String
  /// The stages in their order.
  public var stages: [Stage]

  /// Follows a series of checkpoints.
  ///
  /// Every value of every checkpoint is read once, whatever the number of stages. The result is
  /// the same bits for every number of threads.
  ///
  /// - Parameters:
  ///   - checkpoints: The base and the checkpoint of every stage, at least two in all.
  ///   - names: What the stages are called, one name for each checkpoint after the base; `nil`
  ///     takes the shortest ends of the paths that tell them apart.
  ///   - isIncluded: Whether a tensor takes part, asked with its role (as text) and its name; one
  ///     yes is enough. `nil` takes all.
  ///   - measures: What is measured beyond the default metrics.
  ///   - workGroup: The threads to work with.
  ///   - progress: Is told how many values are done.
  /// - Throws: ``Core/InputError`` if there are fewer than two checkpoints, or if two of them
  ///   cannot be compared; ``Formats/CheckpointError`` if one cannot be read.
  public init(
    checkpoints: [any TensorSource], names: [String]? = nil,
    where isIncluded: ((String) -> Bool)? = nil, measures: DriftMeasures = DriftMeasures(),
    workGroup: WorkGroup = WorkGroup(), progress: WorkProgress.Handler? = nil
  ) throws {
    guard let base = checkpoints.first, checkpoints.count >= 2 else {
      throw InputError("a series needs a base and at least one stage")
    }
    let names = names ?? shortNames(ofPaths: checkpoints.dropFirst().map(\.path))
    precondition(names.count == checkpoints.count - 1, "one name for each stage")
    self.base = base.path
    let plan = try SeriesPlan(checkpoints, where: isIncluded, measures: measures)
    let sums = try FusedPass(sources: plan.sources)
      .run(plan.works, workGroup: workGroup, progress: progress)
    let texts = plan.tokenTexts
    func comparison(_ base: Int, _ other: Int) throws -> CheckpointComparison {
      var comparison = try plan.comparison(
        base, other, sums: sums, measures: measures, workGroup: workGroup, progress: progress)
      comparison.addTexts(texts)
      return comparison
    }
    stages = try names.enumerated().map { place, name in
      let fromBase = try comparison(0, place + 1)
      return Stage(
        name: name, index: place + 1, fromBase: fromBase,
        fromPrevious: place == 0 ? fromBase : try comparison(place, place + 1),
        turns: plan.turns(endingAt: place + 1, sums: sums))
    }
  }

  /// Whether every stage holds the same tensors with the same values as the base.
  public var isIdentical: Bool { stages.allSatisfy(\.fromBase.isIdentical) }
}
