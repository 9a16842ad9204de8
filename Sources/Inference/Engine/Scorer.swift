import Core

/// Scores requests with networks that are of one shape, all of them together.
///
/// Networks that begin with the same layers share what goes through those; see ``NetworkTree``.
struct Scorer {
  let networks: [Network]
  let networkTree: NetworkTree
  /// Whether requests share what they have in common.
  var sharesPrefixes = true
  /// How much memory there is, in bytes.
  var memoryByteCount = Self.defaultMemory

  /// How much memory is used where nothing is said: half of what there is.
  static let defaultMemory = memoryLimit / 2

  /// A request that has been answered by one network.
  struct Score: Sendable, Equatable {
    /// The sum of the natural-log probabilities.
    var value = 0.0
    /// Whether every token was the likeliest.
    var isGreedy = true
    /// How many tokens are still to come.
    var openCount: Int
  }

  /// What a run found.
  struct Outcome: Sendable {
    /// For each network the scores of all requests.
    var scores: [[Score]]
    var work = ScoringWork()
    /// What the memory was used for, at the largest part of the run.
    var memory: MemoryPlan?
  }

  private var architecture: Architecture { networks[0].architecture }

  /// Scores requests.
  ///
  /// - Parameters:
  ///   - requests: What is scored.
  ///   - plan: Told what will be done, before it is.
  ///   - progress: Told how many token positions are done.
  ///   - finished: Told after each batch what has no open token since, with the scores of each network;
  ///     what it throws ends the run.
  ///   - goesOn: Asked before each batch; `false` ends the run.
  /// - Returns: What was found; the same bits for any order of the requests, any memory, any number of
  ///   threads and any other requests. Where the run was ended some scores have open tokens.
  /// - Throws: `CheckpointError` for a tensor that cannot be decoded.
  func run(
    _ requests: [RequestEncoder.Encoded], plan: ((ScoringPlan) -> Void)? = nil,
    progress: ((_ done: Int, _ total: Int) -> Void)? = nil, finished: Finished? = nil,
    while goesOn: () -> Bool = { true }
  ) throws -> Outcome {
    let parts = parts(of: requests)
    var outcome = Outcome(
      scores: networks.map { _ in requests.map { Score(openCount: $0.continuation.count) } })
    outcome.work = Self.work(parts)
    let total = outcome.work.computedPositionCount
    outcome.work.computedPositionCount = 0
    outcome.memory = parts.map(\.memory).max { $0.total < $1.total }
    if let known = Self.plan(parts) { plan?(known) }
    let counter = StepCounter(total: total, networkTree, report: progress)
    for part in parts { try run(part, &outcome, counter, finished, while: goesOn) }
    let done = outcome.work.computedPositionCount
    progress?(done, done)
    return outcome
  }

  /// What scoring would take; `nil` of no requests.
  func plan(of requests: [RequestEncoder.Encoded]) -> ScoringPlan? {
    Self.plan(parts(of: requests))
  }

  private static func plan(_ parts: [Part]) -> ScoringPlan? {
    parts.map(\.memory).max { $0.total < $1.total }.map {
      ScoringPlan(work: work(parts), memory: .init($0))
    }
  }

  private static func work(_ parts: [Part]) -> ScoringWork {
    parts.reduce(ScoringWork()) { $0 + $1.work }
  }

  /// Is told which requests have been answered by which network.
  typealias Finished = ([(network: Int, request: Int)], _ scores: [[Score]]) throws -> Void

  // MARK: - Parts

  /// Requests that the same positions serve.
  private struct Part {
    var plan: BatchPlan
    var memory: MemoryPlan

    var work: ScoringWork {
      var work = ScoringWork()
      work.naivePositionCount = plan.tree.naiveRowCount
      work.sharedPositionCount = plan.tree.sharedRowCount
      work.computedPositionCount = plan.computedRowCount
      work.scoredPositionCount = plan.tree.scoredRowCount
      return work
    }
  }

  private func parts(of requests: [RequestEncoder.Encoded]) -> [Part] {
    // Where frequencies depend on the length, sequences of some lengths have nothing in common.
    let groups = Dictionary(grouping: requests.indices) { index in
      architecture.rotaries.map {
        $0.lastLength(like: max(requests[index].fed.context.count, requests[index].fed.input.count))
      }
    }
    return groups.values.sorted { $0[0] < $1[0] }.map { group in
      let tree = PromptTree(group.map { ($0, requests[$0]) }, isShared: sharesPrefixes)
      let memory = MemoryPlan(networks, networkTree, tree, budget: memoryByteCount)
      return Part(
        plan: BatchPlan(
          tree, rowLimit: memory.batchRows, keepsPositions: memory.keepsPositions),
        memory: memory)
    }
  }

  // MARK: - Batches

  private func run(
    _ part: Part, _ outcome: inout Outcome, _ counter: StepCounter, _ finished: Finished?,
    while goesOn: () -> Bool
  ) throws {
    let residency = WeightResidency(
      networks.flatMap(\.weights.matrices), budget: part.memory.weightBudget,
      kernels: networks[0].kernels, workGroup: networks[0].workGroup)
    let networks = networks.map { network in
      var network = network
      network.residency = residency
      return network
    }
    let plan = part.plan
    let blockRows = min(ForwardPass.blockRows, part.memory.batchRows)
    // One after the other, all decoders work in the same memory.
    let pass = LayerPass(
      architecture.decoder, hiddenSize: architecture.hiddenSize, operand: networks[0].operand,
      workers: networks[0].workers, rowCount: blockRows)
    let roots = networkTree.roots.map { Root($0, networks, plan, pass: pass) }
    var encoders = networkTree.encoders.map {
      EncoderBranchPass($0, networks, blockRows: blockRows)
    }
    for number in 0..<plan.count {
      guard goesOn() else { return }
      let batch = plan.batch(at: number)
      var complete: [(network: Int, request: Int)] = []
      func run(_ root: Root, _ memory: EncoderMemory?) throws {
        try root.run(batch, memory, counter) { network, answers in
          for (target, answer) in zip(batch.targets, answers) {
            outcome.scores[network][target.request].add(answer)
            if outcome.scores[network][target.request].openCount == 0 {
              complete.append((network, target.request))
            }
          }
        }
      }
      for root in encoders.isEmpty ? roots : [] { try run(root, nil) }
      for index in encoders.indices {
        // What is looked up by position is the same for all that share an embedding.
        let tables = roots[networkTree.encoders[index].allRoots[0]].tables
        try encoders[index].run(
          batch.contexts, tables: tables, progress: { counter.add(contextRows: $0) }
        ) { root, memory in try run(roots[root], memory) }
      }
      outcome.work.computedPositionCount += batch.rowCount
      if !complete.isEmpty { try finished?(complete, outcome.scores) }
    }
  }

  /// Where decoders begin: what makes rows of tokens, and the first branch.
  private struct Root {
    let network: Network
    var pass: BranchPass
    let tables: PositionTables
    let blockRows: Int

    init(
      _ branch: NetworkTree.Branch, _ networks: [Network], _ plan: BatchPlan, pass: LayerPass
    ) {
      network = networks[branch.network]
      blockRows = pass.memory.rowCount
      tables = PositionTables(
        network, positionCount: max(plan.tree.longestSequence, plan.tree.longestContext))
      self.pass = BranchPass(
        branch, networks, keepsPositions: plan.keepsPositions, pass: pass)
      self.pass.reserve(
        positions: plan.tree.longestSequence, contextLength: plan.tree.longestContext)
    }

    func run(
      _ batch: TokenBatch, _ memory: EncoderMemory?, _ counter: StepCounter,
      _ answer: (Int, [HeadPass.Answer]) -> Void
    ) throws {
      let scoredRows = batch.scoredRows
      let blocks = RowBlock.blocks(
        of: batch.runs, scoredRows: scoredRows, limit: blockRows)
      let hidden = FloatBuffer(count: batch.tokens.count * network.architecture.hiddenSize)
      let positions = blocks.flatMap { $0.positions.map(Int.init) }
      try EmbeddingPass(network: network).run(batch.tokens, positions: positions, into: hidden)
      try pass.run(
        hidden,
        .init(
          blocks: blocks, memory: memory, questions: batch.questions(scoredRows),
          scoredCount: scoredRows.count,
          view: .init(isCausal: true, bias: tables.decoderBias, tables: tables),
          progress: { counter.add(rows: $0) }),
        answer)
    }
  }
}

extension Scorer.Score {
  fileprivate mutating func add(_ answer: HeadPass.Answer) {
    value += answer.logProbability
    isGreedy = isGreedy && answer.isLargest
    openCount -= 1
  }
}

extension TokenBatch {
  /// How many rows there are, those of encoders among them.
  fileprivate var rowCount: Int { contexts.reduce(tokens.count) { $0 + $1.count } }

  /// The targets as questions about the rows that are scored.
  fileprivate func questions(_ scoredRows: [Int]) -> [HeadPass.Question] {
    var place = 0
    return targets.map { target in
      while scoredRows[place] < target.row { place += 1 }
      return .init(row: place, token: target.token)
    }
  }
}
