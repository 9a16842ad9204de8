import Inference
import Probe
import Statistics

extension TaskAnswers {
  /// Takes over what Probe found of every item.
  ///
  /// - Parameters:
  ///   - result: The task's result.
  ///   - metric: The metric that counts.
  init(_ result: TaskResult, _ metric: MetricResult) {
    let predictions = result.items.compactMap(\.prediction)
    let isComplete = predictions.count == result.items.count
    self.init(
      task: result.name, scores: Self.scores(result, metric), clusters: result.clusters,
      predictions: isComplete ? predictions : [],
      logLikelihoods: isComplete ? Self.logLikelihoods(result) : [])
  }

  /// The log-likelihoods of each item's choices; where each is also asked for by itself, that comes
  /// behind and is left out.
  private static func logLikelihoods(_ result: TaskResult) -> [[Double]] {
    let isDoubled = result.metrics.contains {
      $0.name == Metric.accuracyByMutualInformation.rawValue
    }
    return result.items.map { item in
      let values = item.logLikelihoods.map(\.value)
      return isDoubled ? Array(values.prefix(values.count / 2)) : values
    }
  }

  /// The items' scores by a metric; none where its value is not their mean.
  private static func scores(_ result: TaskResult, _ metric: MetricResult) -> [Double] {
    let scores = result.items.compactMap { $0.score(metric.name, filter: metric.filter) }
    guard scores.count == result.items.count, let mean = mean(scores),
      abs(mean - metric.value) <= 1e-9 * max(1, abs(metric.value))
    else { return [] }
    return scores
  }
}
