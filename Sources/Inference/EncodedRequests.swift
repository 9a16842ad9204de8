/// Requests in tokens: one sequence for each, or several where a text is scored in windows.
struct EncodedRequests: Sendable {
  /// The sequences of all requests, in their order.
  let sequences: [RequestEncoder.Encoded]
  /// For each request its sequences; empty where there is no token to score.
  let ranges: [Range<Int>]
  /// For each sequence its request.
  let owners: [Int]

  /// Puts the sequences of each request behind each other.
  init(_ requests: [[RequestEncoder.Encoded]]) {
    var ranges: [Range<Int>] = []
    for request in requests {
      let first = ranges.last?.upperBound ?? 0
      ranges.append(first..<first + request.count)
    }
    sequences = requests.flatMap(\.self)
    self.ranges = ranges
    owners = ranges.enumerated().flatMap { index, range in range.map { _ in index } }
  }

  /// What the scores of a request's sequences say about it; `nil` while a token is open.
  ///
  /// - Parameters:
  ///   - request: Which request.
  ///   - scores: The scores of all sequences.
  /// - Returns: The sum over its sequences.
  func answer(to request: Int, _ scores: [Scorer.Score]) -> LogLikelihood? {
    var answer = LogLikelihood(value: 0, isGreedy: true, tokenCount: 0)
    for index in ranges[request] {
      let (score, sequence) = (scores[index], sequences[index])
      guard score.openCount == 0 else { return nil }
      answer.value += score.value
      answer.isGreedy = answer.isGreedy && score.isGreedy
      answer.tokenCount += sequence.continuation.count
      answer.droppedTokenCount += sequence.droppedTokenCount
    }
    return answer
  }
}
