public import Core
import Formats
import Synchronization

/// Models that are scored together: what they have in common is computed once.
///
/// Models of one shape and tokenizer whose embedding and lowest layers hold the same numbers, such as
/// stages that were trained with a frozen lower half, share what goes through those layers. Encoders
/// share their lowest layers, and decoders that read the same encoder theirs.
public struct ModelSeries: Sendable {
  /// The models, in the order in which they were given.
  public let models: [LanguageModel]
  /// Models that have something in common, by their places in ``models``.
  public let groups: [[Int]]

  private let trees: [NetworkTree]
  /// What the requests are in tokens, for models of one tokenizer and one shape.
  private let encoded = EncodedRequestCache()
  /// For each group the models of one tokenizer and shape that it is of.
  private let kinds: [Int]

  /// Finds out what models have in common.
  ///
  /// - Parameters:
  ///   - models: The models.
  ///   - workGroup: The threads that compare.
  /// - Throws: `CheckpointError` for a tensor that cannot be decoded.
  public init(_ models: [LanguageModel], workGroup: WorkGroup) throws {
    self.models = models
    var groups: [[Int]] = []
    var trees: [NetworkTree] = []
    var kinds: [Int] = []
    for (kind, alike) in Self.alike(models).enumerated() {
      let tree = try NetworkTree.sharing(alike.map { models[$0].network }, workGroup: workGroup)
      for group in tree.groups {
        groups.append(group.members.map { alike[$0] })
        trees.append(group.tree)
        kinds.append(kind)
      }
    }
    self.groups = groups
    self.trees = trees
    self.kinds = kinds
  }

  /// Models that could have layers in common: of one shape, with one tokenizer.
  private static func alike(_ models: [LanguageModel]) -> [[Int]] {
    let hashes = models.map(\.tokenizer.contentHash)
    var groups: [[Int]] = []
    for (index, model) in models.enumerated() {
      let place = groups.firstIndex { group in
        let first = models[group[0]]
        return first.network.architecture == model.network.architecture
          && first.network.operand == model.network.operand && hashes[group[0]] == hashes[index]
          && first.options.encoding == model.options.encoding
      }
      if let place { groups[place].append(index) } else { groups.append([index]) }
    }
    return groups
  }

  /// Scores requests with the models of one of ``groups``.
  ///
  /// - Parameters:
  ///   - group: Which group.
  ///   - requests: What is scored.
  ///   - deadline: When no further batch is begun; `nil` for never.
  ///   - progress: Told how many token positions are done.
  ///   - plan: Told what will be done, before it is.
  ///   - deliver: Told each answer once, when it is known, with the model's place in the group; what it
  ///     throws ends the run. An answer that is not finite is not told.
  /// - Returns: For each model of the group, in its order, the same as
  ///   ``LanguageModel/score(_:until:progress:plan:deliver:)``; each says what all together took.
  /// - Throws: As that does.
  public func score(
    group: Int, _ requests: [TextRequest], until deadline: ContinuousClock.Instant? = nil,
    progress: WorkProgress.Handler? = nil, plan: ((ScoringPlan) -> Void)? = nil,
    deliver: AnswerHandler? = nil
  ) throws -> [ScoredRequests] {
    let members = groups[group].map { models[$0] }
    defer { for model in members { WeightResidency.release(model.network.weights.matrices) } }
    let encoded = try encoded.of(requests, kind: kinds[group], members[0])
    return try LanguageModel.score(
      members, trees[group], encoded, until: deadline, progress: progress, plan: plan,
      deliver: deliver)
  }
}

/// Requests in tokens, which are made once for all models of a kind.
private final class EncodedRequestCache: Sendable {
  private struct Known: Sendable {
    var kind: Int
    var requests: [TextRequest]
    var encoded: EncodedRequests
  }

  private let known = Mutex<Known?>(nil)

  func of(
    _ requests: [TextRequest], kind: Int, _ model: LanguageModel
  ) throws -> EncodedRequests {
    try known.withLock { known in
      if let known, known.kind == kind, known.requests == requests { return known.encoded }
      let encoded = try model.encode(requests)
      known = Known(kind: kind, requests: requests, encoded: encoded)
      return encoded
    }
  }
}
