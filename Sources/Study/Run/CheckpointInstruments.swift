public import Core
import Diff
import Formats
import Foundation
public import Inference
import OrderedCollections
public import Probe

/// Instruments that read real checkpoints: Formats opens, Diff compares, Probe scores.
public struct CheckpointInstruments: StudyInstruments {
  private let library: TaskLibrary
  private let options: EvaluationOptions
  let scoring: ScoringOptions
  private let version: String
  /// The threads to work with.
  public let workGroup: WorkGroup
  private let metrics: [String: String]
  private let adapterBase: String?
  let ledger: ResultLedger?

  /// Opens the task files of a plan.
  ///
  /// - Parameters:
  ///   - plan: The study.
  ///   - version: Lethe's version, for the record in results.
  ///   - workGroup: The threads to work with.
  ///   - scoring: How models compute.
  ///   - adapterBase: The base of adapters that the plan gives without one.
  ///   - ledger: Where answers are kept, and found again; `nil` for nowhere.
  /// - Throws: `InputError` if a task folder cannot be read.
  public init(
    plan: StudyPlan, version: String, workGroup: WorkGroup,
    scoring: ScoringOptions = ScoringOptions(), adapterBase: String? = nil,
    ledger: ResultLedger? = nil
  ) throws {
    library = try TaskLibrary(
      folders: plan.taskPaths, shipped: plan.rules, data: DataFolders(folders: plan.dataPaths))
    options = EvaluationOptions(
      shotCount: plan.fewshotCount, limit: plan.limit, sampleSize: plan.sampleSize,
      rules: plan.rules)
    metrics = plan.metrics
    self.version = version
    self.workGroup = workGroup
    var scoring = scoring
    scoring.encoding = plan.rules.encoding
    scoring.memoryByteCount = scoring.memoryByteCount ?? plan.memoryByteCount
    self.scoring = scoring
    self.adapterBase = adapterBase
    self.ledger = ledger
  }

  /// The tasks that a name of the task files stands for.
  public func tasks(named name: String) throws -> [String] {
    try library.evaluationTasks(named: [name]).map(\.name)
  }

  /// Reads the data of tasks and writes every request.
  public func prepare(_ names: [String]) throws -> Evaluation {
    try Evaluation(try library.selection(named: names), options: options)
  }

  /// Opens a checkpoint and its tokenizer, without reading its weights.
  public func check(_ path: String) throws -> CheckpointFacts {
    try CheckpointFacts(source(path), scoring)
  }

  /// Makes the items tokens and counts what a model of this shape goes through.
  public func estimate(_ path: String, on benchmark: Evaluation) throws -> StudyEstimate? {
    let model = try LanguageModel(source(path), options: scoring, workGroup: workGroup)
    let estimate = try model.estimate(benchmark.requests.compactMap(\.textRequest))
    return StudyEstimate(
      checkpointCount: 1, taskCount: benchmark.taskNames.count, itemCount: benchmark.itemCount,
      positionCount: estimate?.plan.work.computedPositionCount ?? 0,
      seconds: estimate?.seconds ?? 0,
      memoryByteCount: estimate?.plan.memory.totalByteCount ?? 0)
  }

  /// Reads a checkpoint's header, and every weight once for its hash.
  public func identity(name: String, path: String) throws -> CheckpointIdentity {
    let source = try source(path)
    let tensors = source.tensors.filter { !$0.isBuffer }
    let counts = Dictionary(grouping: tensors, by: { "\($0.dtype)" }).mapValues(\.count)
    return CheckpointIdentity(
      name: name, path: path, format: source.checkpoint.format.rawValue,
      architecture: source.architecture,
      parameterCount: tensors.reduce(0) { $0 + $1.elementCount },
      byteCount: tensors.reduce(0) { $0 + $1.byteCount },
      dtypes: OrderedDictionary(
        uniqueKeysWithValues: counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }),
      contentHash: "\(try source.contentHash(workGroup: workGroup))")
  }

  /// Scores every item with all checkpoints, those with something in common together; results and
  /// samples are as lm-eval writes them.
  public func score(
    _ stages: [(path: String, folder: String)], on benchmark: Evaluation,
    progress: WorkProgress.Handler?, deliver: (Int, StageScores) throws -> Void
  ) throws {
    let models = try stages.map { stage in
      let source = try source(stage.path)
      return (
        source: source,
        model: try LanguageModel(source, options: scoring, workGroup: workGroup)
      )
    }
    let run = try LedgerRun(benchmark, models, ledger: ledger, workGroup: workGroup)
    func tell(
      _ place: Int, _ result: EvaluationResult, _ started: Date, seconds: Double
    ) throws {
      let (source, model) = models[place]
      let report = HarnessReport(
        result, of: benchmark,
        model: try ModelDescription(
          source, model, contentHash: run.contentHash(of: place), workGroup: workGroup),
        run: RunDescription(version: version, started: started, seconds: seconds))
      try deliver(
        place,
        try scores(
          result, numerics: model.numerics,
          documents: Self.documents(report, result, folder: stages[place].folder)))
    }
    for (place, result) in run.known { try tell(place, result, .now, seconds: 0) }
    for (group, members) in run.groups.enumerated() {
      let started = Date.now
      let names = members.map { URL(filePath: stages[$0].path).lastPathComponent }
      let results = try run.run(group: group) { report in
        var report = report
        report.phase = "scoring \(names.joined(separator: ", "))"
        progress?(report)
      }
      // What all took together is shared out evenly.
      let seconds = Date.now.timeIntervalSince(started) / Double(members.count)
      for (place, result) in zip(members, results) {
        try tell(place, result, started, seconds: seconds)
      }
    }
  }

  func source(_ argument: String) throws -> ModelSource {
    try ModelSource(argument: argument, base: adapterBase)
  }

  /// The scores of one checkpoint, with all answers.
  func scores(
    _ result: EvaluationResult, numerics: String, documents: [StudyDocument] = []
  ) throws -> StageScores {
    StageScores(
      tasks: try result.tasks.map { try score($0) },
      answers: try result.tasks.map { TaskAnswers($0, try metric(of: $0)) }, numerics: numerics,
      documents: documents)
  }

  /// The score that counts of a task.
  private func score(_ task: TaskResult) throws -> TaskScore {
    let metric = try metric(of: task)
    let scale = metric.isInPercent ? 100.0 : 1
    return TaskScore(
      task: task.name, metric: metric.name, value: metric.value / scale,
      standardError: metric.standardError.map { $0 / scale }, chance: task.chance,
      itemCount: metric.itemCount)
  }

  /// The metric that the plan names for a task, else the one that is shown first.
  private func metric(of task: TaskResult) throws -> MetricResult {
    guard let name = metrics[task.name] else {
      guard let metric = task.metrics.main else {
        throw InputError(place: "task '\(task.name)'", "asks for no metric")
      }
      return metric
    }
    guard let metric = task.metrics.first(where: { $0.name == name }) else {
      let known = task.metrics.map(\.name).joined(separator: ", ")
      throw InputError(place: "task '\(task.name)'", "has no metric '\(name)'; it has \(known)")
    }
    return metric
  }

  /// Results and samples under names that lm-eval's tools look for, the same in every run.
  private static func documents(
    _ report: HarnessReport, _ result: EvaluationResult, folder: String
  ) -> [StudyDocument] {
    let stage = URL(filePath: folder).lastPathComponent
    return [
      StudyDocument(
        path: "\(folder)/results_\(stage).json", text: report.results.serialized(.pretty) + "\n")
    ]
      + result.tasks.map { task in
        StudyDocument(
          path: "\(folder)/samples_\(task.name)_\(stage).jsonl",
          text: report.samples(of: task.name))
      }
  }

  /// Reads every checkpoint of a series once and measures the drift of every stage.
  public func drift(
    of series: StudyPlan.Series, progress: WorkProgress.Handler?
  ) throws -> [StageDrift] {
    let checkpoints = try series.checkpoints.map { try source($0.path) }
    var measures = DriftMeasures()
    measures.tokenCount = 15
    let trajectory = try Trajectory(
      checkpoints: checkpoints, names: series.stages.map(\.name), measures: measures,
      workGroup: workGroup, progress: progress)
    return StageDrift.stages(of: trajectory)
  }
}
