public import Core
public import Formats

/// Measures how fast a model runs on this machine.
public struct ModelBenchmark: Sendable {
  /// The checkpoint's path.
  public let path: String
  /// The format that products take their inputs in.
  public var numerics: String { network.operand.rawValue }
  /// The kernels that compute, such as `avx512_bf16`.
  public var kernels: String { network.kernels.name }
  /// How many threads compute.
  public var threadCount: Int { network.workGroup.threadCount }

  let network: Network
  private let memoryByteCount: Int

  /// How many tokens are read at once, where the model's context has room for them.
  private static let prefillTokenCount = 512
  /// How many tokens are read one by one.
  private static let decodeTokenCount = 32
  /// For how long the machine's peak is measured.
  static let peakSeconds = 0.3

  /// Opens a model; a tokenizer is not needed.
  ///
  /// - Parameters:
  ///   - source: The model.
  ///   - options: How it computes.
  ///   - workGroup: The threads that compute.
  /// - Throws: `InputError` for an architecture that cannot be run, or a tensor that is missing or of
  ///   the wrong shape; `CheckpointError` for one that cannot be decoded.
  public init(
    _ source: ModelSource, options: ScoringOptions = ScoringOptions(), workGroup: WorkGroup
  ) throws {
    path = source.path
    memoryByteCount = options.memoryByteCount ?? Scorer.defaultMemory
    network = try Network(
      source, Architecture(source), operand: options.numerics.operand(for: source, .best),
      workGroup: workGroup)
  }

  /// Reads tokens that mean nothing, at once and one by one.
  ///
  /// A first run that packs the weights is not measured.
  ///
  /// - Parameters:
  ///   - runCount: How many runs are measured.
  ///   - progress: Told how many runs are done.
  /// - Returns: The medians.
  /// - Throws: `CheckpointError` for a tensor that cannot be decoded.
  public func speed(
    runCount: Int = 5, progress: WorkProgress.Handler? = nil
  ) throws -> ModelSpeed {
    let run = Run(network, memoryByteCount: memoryByteCount, Self.prefillTokenCount)
    var pass = ForwardPass(run.network)
    var times: [Run.Times] = []
    for index in 0...runCount {
      progress?(.init(phase: "running", completed: index, total: runCount + 1, unit: "runs"))
      times.append(try run.measure(&pass))
    }
    times.removeFirst()
    let prefill = median(times.map(\.prefill))
    let peak = network.kernels.peak(
      network.operand, seconds: Self.peakSeconds, network.workGroup)
    progress?(
      .init(phase: "running", completed: runCount + 1, total: runCount + 1, unit: "runs"))
    return ModelSpeed(
      prefillTokenCount: run.prefill.count, decodeTokenCount: run.decode.count,
      runCount: runCount, prefillTokensPerSecond: Double(run.prefill.count) / prefill,
      decodeTokensPerSecond: Double(run.decode.count) / median(times.map(\.decode)),
      gflops: OperationCount(network).reading(run.prefill.count) / prefill / 1e9,
      peakGflops: peak / 1e9)
  }

  /// One run: some tokens at once, then some one by one.
  private struct Run {
    /// Seconds that a run took.
    struct Times {
      var prefill, decode: Double
    }

    let network: Network
    let prefill, decode: [Int]

    init(_ network: Network, memoryByteCount: Int, _ prefillTokenCount: Int) {
      let room = network.architecture.contextLength
      let decodeCount = min(ModelBenchmark.decodeTokenCount, max(1, room / 2))
      // What an encoder reads takes no room in the decoder.
      let left = network.architecture.encoder == nil ? room - decodeCount : room
      let prefillCount = min(prefillTokenCount, max(1, left))
      let vocabularySize = network.architecture.vocabularySize
      // A multiplicative generator: neighbours differ, and every run sees the same tokens.
      let tokens = (1...prefillCount + decodeCount).map { $0 &* 2_654_435_761 % vocabularySize }
      prefill = Array(tokens.prefix(prefillCount))
      decode = Array(tokens.suffix(decodeCount))
      self.network = network.limited(
        to: memoryByteCount, positions: tokens.count,
        blockRows: min(prefillCount, ForwardPass.blockRows))
    }

    func measure(_ pass: inout ForwardPass) throws -> Times {
      let hasEncoder = network.architecture.encoder != nil
      let first = hasEncoder ? [network.architecture.startTokenID] : prefill
      let begin = ContinuousClock.now
      try pass.start(
        context: hasEncoder ? prefill : [], length: first.count,
        capacity: first.count + decode.count)
      try pass.feed(first, scoredCount: 1) { _, _ in }
      let middle = ContinuousClock.now
      for token in decode { try pass.feed([token], scoredCount: 1) { _, _ in } }
      let end = ContinuousClock.now
      return Times(
        prefill: (middle - begin) / .seconds(1), decode: (end - middle) / .seconds(1))
    }
  }
}

/// The middle of some numbers; of an even count the lower one.
func median(_ values: [Double]) -> Double {
  values.isEmpty ? .nan : values.sorted()[(values.count - 1) / 2]
}
