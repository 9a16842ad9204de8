import Statistics

/// What one checkpoint made of every item of one task.
///
/// All checkpoints of a study are asked the same items in the same order, so that answers at one place
/// belong together.
public struct TaskAnswers: Sendable, Equatable {
  /// The task.
  public var task: String
  /// What the task's main metric made of each item, such as 1 for right and 0 for wrong; empty for a
  /// metric whose score is not the mean over items.
  public var scores: [Double]
  /// The number of the cluster that each item belongs to, such as its passage; `nil` where each stands
  /// alone.
  public var clusters: [Int]?
  /// The choice that was found likeliest in each item; empty for tasks without choices.
  public var predictions: [Int]
  /// The log-likelihoods of each item's choices in nats; empty for tasks without choices.
  public var logLikelihoods: [[Double]]

  /// Creates a record.
  public init(
    task: String, scores: [Double], clusters: [Int]? = nil, predictions: [Int] = [],
    logLikelihoods: [[Double]] = []
  ) {
    self.task = task
    self.scores = scores
    self.clusters = clusters
    self.predictions = predictions
    self.logLikelihoods = logLikelihoods
  }

  /// What a bootstrap draws: the items, or the sums over those of each cluster.
  ///
  /// - Parameter items: What is added up, for each item as many values.
  /// - Returns: One unit for each item or cluster, in their order.
  func units(_ items: [[Double]]) -> [[Double]] {
    clusters.map { clusterSums(items, $0) } ?? items
  }
}
