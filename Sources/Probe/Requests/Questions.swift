public import Inference

/// What is put to models: requests of one kind each, without those whose answers are known.
struct Questions {
  /// For each model the answers that are known, `nil` for the others.
  let answers: [[ItemAnswer?]]
  /// Which requests are about texts that are scored, and are open for at least one model.
  let texts: [Int]
  /// Which requests are about texts that are gone on with, and are open for at least one model.
  let generations: [Int]
  private let requests: [ItemRequest]

  /// Sorts requests.
  ///
  /// - Parameters:
  ///   - requests: All requests.
  ///   - known: For each model what is known; empty for nothing.
  ///   - memberCount: How many models there are.
  init(_ requests: [ItemRequest], known: [[ItemAnswer?]], memberCount: Int = 1) {
    let nothing = [ItemAnswer?](repeating: nil, count: requests.count)
    let answers = known.isEmpty ? Array(repeating: nothing, count: memberCount) : known
    let open = requests.indices.filter { index in answers.contains { $0[index] == nil } }
    self.requests = requests
    self.answers = answers
    texts = open.filter { requests[$0].textRequest != nil }
    generations = open.filter { requests[$0].generationRequest != nil }
  }

  var textRequests: [TextRequest] { texts.compactMap { requests[$0].textRequest } }
  var generationRequests: [GenerationRequest] {
    generations.compactMap { requests[$0].generationRequest }
  }
}

extension ItemRequest {
  /// The text that is scored, if the request is about one.
  public var textRequest: TextRequest? {
    guard case .text(let request) = self else { return nil }
    return request
  }

  /// The text that is gone on with, if the request is about one.
  public var generationRequest: GenerationRequest? {
    guard case .generation(let request) = self else { return nil }
    return request
  }
}
