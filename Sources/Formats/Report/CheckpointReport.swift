public import Core
import OrderedCollections

/// What `lethe inspect` says of one checkpoint.
public struct CheckpointReport: Sendable {
  /// How much of a checkpoint is stored with one dtype.
  public struct DTypeShare: Sendable, Equatable {
    /// The dtype.
    public var dtype: DType
    /// How many tensors have it.
    public var tensorCount: Int
    /// How many elements they have.
    public var parameterCount: Int
    /// How many bytes they take.
    public var byteCount: Int
  }

  /// What is asked for beyond the headers; each of these reads every value.
  public struct Options: OptionSet, Sendable {
    /// The options as bits.
    public let rawValue: Int

    /// Creates a set of options.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// Identities of the tensors and the checkpoint.
    public static let hashes = Options(rawValue: 1)
    /// What the values of the listed tensors are like.
    public static let statistics = Options(rawValue: 2)
    /// These, with exponents and kurtosis.
    public static let histogram = Options(rawValue: 4)
    /// Everything that is wrong with the files, the model and the values.
    public static let verification = Options(rawValue: 8)
  }

  /// The path, as the user wrote it.
  public let path: String
  /// The files, and what stands beside them.
  public let checkpoint: Checkpoint
  /// Which model it is.
  public let architecture: String?
  /// The sizes that people know the model by.
  public let facts: ModelFacts
  /// What is known of it besides its tensors.
  public let background: ModelBackground
  /// The tensors that were asked for, embedding first, head last, the nameless after them.
  public let tensors: [TensorInfo]
  /// How many elements all tensors have, those that hold nothing learned left out.
  public let parameterCount: Int
  /// How many bytes all tensors take.
  public let byteCount: Int
  /// How many bits one element takes on average; `nil` where there are none.
  public let bitsPerWeight: Double?
  /// The dtypes, the one with the most bytes first.
  public let dtypes: [DTypeShare]
  /// The identities; `nil` where they were not asked for.
  public let hashes: TensorHashes?
  /// What is odd or wrong.
  public let problems: [CheckpointError]
  /// What the values are like, by tensor name; empty where it was not asked for.
  public let statistics: [String: TensorStatistics]

  /// Describes a checkpoint.
  ///
  /// - Parameters:
  ///   - source: The tensors, such as the checkpoint itself, or it with an adapter.
  ///   - checkpoint: The files, with configuration, metadata and tokenizer.
  ///   - isIncluded: Whether a tensor is listed, asked with its role (as text) and its name; one
  ///     yes is enough. `nil` lists all.
  ///   - options: What is asked for beyond the headers.
  ///   - cache: Where hashes that were computed before are kept; `nil` for nowhere.
  ///   - workGroup: The threads to read values with.
  ///   - progress: Told of what has been read.
  /// - Throws: What reading values throws, except that a dtype cannot be decoded.
  public init(
    _ source: any TensorSource, checkpoint: Checkpoint,
    where isIncluded: ((String) -> Bool)? = nil, options: Options = [], cache: HashCache? = nil,
    workGroup: WorkGroup = WorkGroup(), progress: WorkProgress.Handler? = nil
  ) throws {
    path = source.path
    self.checkpoint = checkpoint
    architecture = source.architecture ?? checkpoint.architecture
    let facts = ModelFacts(checkpoint)
    self.facts = facts
    background = ModelBackground(checkpoint)
    let all = source.tensors
    parameterCount = all.reduce(0) { $0 + ($1.isBuffer ? 0 : $1.elementCount) }
    let byteCount = all.reduce(0) { $0 + $1.byteCount }
    let elementCount = all.reduce(0) { $0 + $1.elementCount }
    self.byteCount = byteCount
    bitsPerWeight = elementCount > 0 ? 8 * Double(byteCount) / Double(elementCount) : nil
    dtypes = Self.shares(all)
    let listed = Self.sorted(isIncluded.map { filter in all.filter { $0.matches(filter) } } ?? all)
    tensors = listed
    hashes =
      options.contains(.hashes)
      ? try TensorHashes(source, cache: cache, workGroup: workGroup, progress: progress) : nil
    let warnings = (source as? ModelSource)?.warnings ?? checkpoint.warnings
    var problems = OrderedSet(warnings.map(ProblemKey.init))
    guard !options.isDisjoint(with: [.statistics, .histogram, .verification]) else {
      if hashes != nil { problems.formUnion(Self.undecodable(all, source).map(ProblemKey.init)) }
      statistics = [:]
      self.problems = problems.map(\.problem)
      return
    }
    let verifies = options.contains(.verification)
    let read = verifies ? all : listed
    let values = try StatisticsPass(
      source: source, countsExponents: options.contains(.histogram), checksScales: verifies
    ).run(read, workGroup: workGroup, progress: progress)
    if verifies {
      problems.formUnion(LenientFiles.problems(path: checkpoint.path).map(ProblemKey.init))
      problems.formUnion(
        try Self.modelProblems(source, checkpoint, facts, values).map(ProblemKey.init))
    }
    problems.formUnion(Self.undecodable(read, source).map(ProblemKey.init))
    self.problems = problems.map(\.problem)
    let isShown = !options.isDisjoint(with: [.statistics, .histogram])
    statistics =
      isShown
      ? Dictionary(
        uniqueKeysWithValues: zip(read, values).compactMap { tensor, values in
          values.statistics.map { (tensor.name, $0) }
        }) : [:]
  }

  /// Whether something is wrong that keeps the checkpoint, or a part of it, from being used.
  public var hasErrors: Bool { problems.contains { $0.problem.severity == .error } }

  /// Errors that say which tensors cannot be decoded.
  private static func undecodable(
    _ tensors: [TensorInfo], _ source: any TensorSource
  ) -> [CheckpointError] {
    tensors.filter { !$0.isDecodable }.map { tensor in
      source.plainCheckpoint?.unsupported(tensor)
        ?? CheckpointError(
          .unsupportedDType("\(tensor.dtype)"), path: source.path, tensor: tensor.name)
    }
  }

  private static func shares(_ tensors: [TensorInfo]) -> [DTypeShare] {
    var shares: OrderedDictionary<DType, DTypeShare> = [:]
    for tensor in tensors {
      let none = DTypeShare(dtype: tensor.dtype, tensorCount: 0, parameterCount: 0, byteCount: 0)
      shares[tensor.dtype, default: none].tensorCount += 1
      shares[tensor.dtype, default: none].parameterCount += tensor.elementCount
      shares[tensor.dtype, default: none].byteCount += tensor.byteCount
    }
    return shares.values.sorted {
      ($1.byteCount, "\($0.dtype)") < ($0.byteCount, "\($1.dtype)")
    }
  }

  /// Tensors in the order of the model, then those without a role in the order of the files.
  private static func sorted(_ tensors: [TensorInfo]) -> [TensorInfo] {
    // Keys and positions are small and soon made; tensors are neither.
    let known = tensors.indices.compactMap { index in
      tensors[index].role.map { (key: $0.orderKey, index: index) }
    }
    return known.sorted { ($0.key, $0.index) < ($1.key, $1.index) }.map { tensors[$0.index] }
      + tensors.filter { $0.role == nil }
  }
}

/// A problem that two searches may find.
private struct ProblemKey: Hashable {
  var problem: CheckpointError

  init(_ problem: CheckpointError) { self.problem = problem }

  func hash(into hasher: inout Hasher) {
    hasher.combine(problem.problem.code)
    hasher.combine(problem.path)
    hasher.combine(problem.tensor)
    hasher.combine(problem.offset)
  }
}
