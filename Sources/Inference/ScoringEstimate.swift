/// What scoring would take, before it is done.
public struct ScoringEstimate: Sendable, Equatable {
  /// Positions and memory.
  public var plan: ScoringPlan
  /// About how many seconds it takes on this machine.
  public var seconds: Double
}

extension LanguageModel {
  /// Estimates what scoring requests would take.
  ///
  /// Positions and memory are what a run will have. Seconds are the operations of those positions at
  /// a share of the machine's peak that is usual here, and a constant for each request: right within a
  /// factor of two as a rule.
  ///
  /// - Parameter requests: What would be scored.
  /// - Returns: The estimate; `nil` of no requests.
  /// - Throws: ``RequestError`` for a request that cannot be scored.
  public func estimate(_ requests: [TextRequest]) throws -> ScoringEstimate? {
    let scorer = Scorer(
      networks: [network],
      networkTree: NetworkTree(layerCount: network.architecture.decoder.layers.count),
      sharesPrefixes: options.sharesPrefixes,
      memoryByteCount: options.memoryByteCount ?? Scorer.defaultMemory)
    guard let plan = scorer.plan(of: try encode(requests).sequences) else { return nil }
    let text = 256
    let operations = OperationCount(network).reading(text) / Double(text)
    let head = 2 * Double(network.architecture.hiddenSize * network.architecture.vocabularySize)
    let total =
      Double(plan.work.computedPositionCount) * operations
      + Double(plan.work.scoredPositionCount) * head
    let peak = network.kernels.peak(network.operand, seconds: 0.02, network.workGroup)
    return ScoringEstimate(
      plan: plan,
      seconds: total / (peak * Self.usualShareOfPeak)
        + Double(requests.count) * Self.secondsByRequest)
  }

  /// What a whole run reaches of the peak; see Benchmarks/README.md.
  private static let usualShareOfPeak = 0.6
  /// What a request takes beside the model.
  private static let secondsByRequest = 3e-5
}
