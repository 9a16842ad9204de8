/// Tells answers as soon as all sequences of their requests have been scored.
struct AnswerDelivery {
  private let requests: EncodedRequests
  private let deliver: AnswerHandler
  /// For each model how many sequences of each request are still to come.
  private var openCounts: [[Int]]

  init(_ requests: EncodedRequests, modelCount: Int, deliver: @escaping AnswerHandler) {
    self.requests = requests
    self.deliver = deliver
    openCounts = Array(repeating: requests.ranges.map(\.count), count: modelCount)
  }

  /// Tells the answers to requests that have no token to score.
  func begin() throws {
    let empty = requests.ranges.indices.filter { requests.ranges[$0].isEmpty }
    try tell(
      openCounts.indices.flatMap { model in empty.map { (model: model, request: $0) } },
      openCounts.map { _ in [] })
  }

  /// Tells the answers that sequences complete; one that is not finite is an error at the end of the
  /// run, and not told.
  mutating func add(
    _ sequences: [(network: Int, request: Int)], _ scores: [[Scorer.Score]]
  ) throws {
    var complete: [(model: Int, request: Int)] = []
    for (model, sequence) in sequences {
      let request = requests.owners[sequence]
      openCounts[model][request] -= 1
      if openCounts[model][request] == 0 { complete.append((model, request)) }
    }
    try tell(complete, scores)
  }

  private func tell(
    _ complete: [(model: Int, request: Int)], _ scores: [[Scorer.Score]]
  ) throws {
    let answers: [(model: Int, request: Int, answer: LogLikelihood)] =
      complete.compactMap { model, request in
        requests.answer(to: request, scores[model]).flatMap { answer in
          answer.value.isFinite ? (model, request, answer) : nil
        }
      }
    if !answers.isEmpty { try deliver(answers) }
  }
}
