import Core
import Inference
import OrderedCollections

extension SampleSet {
  /// Takes what a run made of a checkpoint, without writing and reading files.
  public init(_ report: HarnessReport) {
    let tasks = zip(report.tasks, report.result.tasks).flatMap { prepared, result in
      let configuration = prepared.task.configuration
      return configuration.filters.indices.compactMap { filter in
        Self.samples(prepared, result, configuration, filter: filter)
      }
    }
    let groups = report.result.groups.compactMap { group -> SampleGroup? in
      guard group.itemCount != nil else { return nil }
      let values = group.metrics.map { ("\($0.name),\($0.filter)", $0.value) }
      return SampleGroup(
        name: group.name, alias: group.alias, tasks: group.taskNames,
        values: Dictionary(values) { first, _ in first })
    }
    self.init(path: report.model.name, name: report.model.name, tasks: tasks, groups: groups)
  }

  private static func samples(
    _ prepared: Evaluation.PreparedTask, _ result: TaskResult,
    _ configuration: TaskConfiguration, filter: Int
  ) -> TaskSamples? {
    guard let first = result.items.first?.scored[filter] else { return nil }
    let names = Array(first.scores.keys)
    let metrics = names.map { name in
      let definition = configuration.metrics.first { $0.name == name }
      return SampleMetric(
        name: name,
        aggregation: name == SumAggregation.lossMetric
          ? .loss : definition.map { SumAggregation($0.aggregation) } ?? .mean,
        isHigherBetter: definition?.isHigherBetter ?? true)
    }
    let hasUnconditional = names.contains(Metric.accuracyByMutualInformation.rawValue)
    let samples = zip(prepared.items, result.items).map { item, result in
      let own = result.scored[filter]
      return Sample(
        documentHash: result.hashes.document, promptHash: result.hashes.prompt,
        cluster: Sample.cluster(of: item.row.fields),
        answer: answer(result, own, configuration.outputType),
        logLikelihoods: configuration.outputType == .multipleChoice
          ? likelihoods(result, hasUnconditional: hasUnconditional) : nil,
        scores: names.map { own.scores[$0] })
    }
    return TaskSamples(
      task: result.name, alias: result.alias, filter: first.filter, metrics: metrics,
      samples: samples)
  }

  /// The log-likelihood of each choice; where each is also asked for by itself, that comes behind.
  private static func likelihoods(_ result: ItemResult, hasUnconditional: Bool) -> [Double] {
    let all = result.logLikelihoods.map(\.value)
    return hasUnconditional ? Array(all.prefix(all.count / 2)) : all
  }

  private static func answer(
    _ result: ItemResult, _ scored: ItemResult.Scored, _ type: OutputType
  ) -> String? {
    switch type {
    case .multipleChoice: result.prediction.map(String.init)
    case .logLikelihood: result.logLikelihoods.first.map { $0.isGreedy ? "True" : "False" }
    case .generation: JSONValue.array(scored.responses.map { .string($0) }).serialized()
    case .rolling: nil
    }
  }
}

extension SumAggregation {
  /// The same aggregation by sums; `nil` where sums do not suffice.
  init?(_ aggregation: Aggregation) {
    switch aggregation {
    case .mean, .meanOfNumbers, .brier: self = .mean
    case .perplexity: self = .perplexity
    case .weightedPerplexity: self = .weightedPerplexity
    case .bitsPerByte: self = .bitsPerByte
    case .f1: self = .f1
    case .matthews: self = .matthewsCorrelation
    case .texts(let metric): self = .texts(metric)
    case .median, .native: return nil
    }
  }
}
