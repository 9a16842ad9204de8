import Core
import Templates

/// Chooses the solved examples that stand before an item, as lm-eval chooses them.
///
/// One stream of random numbers per task, used up item by item: the examples of an item depend on
/// how many items came before it. The harness of April 2023 drew from the stream that had shuffled the
/// items, and where there is no training split always one more than needed, without the item itself.
struct ShotSampler {
  /// lm-eval's default few-shot seed.
  private static let seed: UInt64 = 1234

  private let pool: [DataSplit.Row]
  private let kind: ShotConfiguration.Sampler
  /// Whether the evaluated item is removed from what is drawn, because it may be in the pool.
  private let excludesItem: Bool
  private let rules: EvaluationProtocol
  private let taskName: String
  private let taskPath: String
  private var random: PythonRandom

  /// Creates a sampler that is at the task's first item; reads the pool where examples are asked for.
  ///
  /// - Throws: `InputError` if there is nothing to choose from.
  init(
    _ task: EvalTask, _ rules: EvaluationProtocol = .harness, isNeeded: Bool,
    random: PythonRandom? = nil
  ) throws {
    self.rules = rules
    pool = isNeeded ? try task.shotPool() : []
    self.random = random ?? PythonRandom(seed: Self.seed)
    kind = task.configuration.shots.sampler
    let configuration = task.configuration
    excludesItem =
      switch rules {
      // Two splits that are not given count as the same.
      case .harness: configuration.shots.split == configuration.testSplit
      case .paper: configuration.trainingSplit == nil
      }
    taskName = task.name
    taskPath = task.configuration.source.path
  }

  /// The examples for the next item.
  mutating func shots(_ count: Int, for item: DataSplit.Row) throws -> [DataSplit.Row] {
    guard count > 0 else { return [] }
    switch kind {
    case .first: return try firstShots(count, for: item)
    case .random: return try drawnShots(count, for: item)
    }
  }

  private func firstShots(_ count: Int, for item: DataSplit.Row) throws -> [DataSplit.Row] {
    let shots = Array(pool.lazy.filter { !isExcluded($0, for: item) }.prefix(count))
    guard shots.count == count else { throw tooFew(available: shots.count, needed: count) }
    return shots
  }

  private mutating func drawnShots(
    _ count: Int, for item: DataSplit.Row
  ) throws -> [DataSplit.Row] {
    let drawn = excludesItem ? count + 1 : count
    guard drawn <= pool.count else { throw tooFew(available: pool.count, needed: drawn) }
    let shots = random.sample(drawn, from: pool.count).map { pool[$0] }
      .filter { !isExcluded($0, for: item) }.prefix(count)
    if shots.count == count || rules == .paper { return Array(shots) }
    // Several rows equal to the item were drawn: draw again from the others.
    let others = pool.filter { !isExcluded($0, for: item) }
    guard count <= others.count else { throw tooFew(available: others.count, needed: count) }
    return random.sample(count, from: others.count).map { others[$0] }
  }

  private func isExcluded(_ shot: DataSplit.Row, for item: DataSplit.Row) -> Bool {
    excludesItem && PythonText.equal(.object(shot.fields), .object(item.fields))
  }

  private func tooFew(available: Int, needed: Int) -> InputError {
    InputError(
      path: taskPath, place: "task '\(taskName)'",
      "\(needed) rows to draw shots from are needed, there are \(available)")
  }
}
