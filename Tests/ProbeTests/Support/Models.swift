import Core
import Inference

@testable import Probe

/// A model whose log-likelihoods are cut from a hash: the same ones as `fixtures/train/golden_harness.py`
/// gives to lm-eval.
struct HashedModel: LogLikelihoodModel {
  func logLikelihoods(
    of requests: [TextRequest], progress: WorkProgress.Handler?
  ) throws -> [LogLikelihood] {
    requests.map { request in
      let digest = Self.digest("\(request.context)\u{1f}\(request.continuation)")
      let number = digest[..<4].reversed().reduce(0) { $0 << 8 | $1 }
      let length = request.continuation.unicodeScalars.count
      let value = -(Double(number) / 4_294_967_296) * Double(2 + length)
      return LogLikelihood(value: value, isGreedy: digest[4] % 2 == 1, tokenCount: length)
    }
  }

  private static let names = [
    "Aldor", "Bréval", "Cinth", "Doreß", "Élan", "Faro", "Göll", "Hyt 木", "Ister", "Jún",
  ]

  func generate(
    _ requests: [GenerationRequest], until deadline: ContinuousClock.Instant?,
    progress: WorkProgress.Handler?,
    deliver: (([(request: Int, answer: GeneratedText)]) throws -> Void)?
  ) throws -> [GeneratedText?] {
    requests.map { request in
      let digest = Self.digest(request.context).map { Int($0) }
      let names = digest.prefix(2).map { Self.names[$0 % 10] }
      return GeneratedText(
        text: "\(names[0]) said: #### \(digest[2] % 8), \(names[1])!", tokenCount: 1)
    }
  }

  /// The first five bytes of a text's SHA-256 sum.
  private static func digest(_ text: String) -> [UInt32] {
    let digits = Array(ItemHashes.hash(text))
    return (0..<5).map { UInt32(String(digits[(2 * $0)...(2 * $0 + 1)]), radix: 16) ?? 0 }
  }
}

/// A model that gives answers known before, in order.
struct ReplayingModel: LogLikelihoodModel {
  var values: [Double]

  func logLikelihoods(
    of requests: [TextRequest], progress: WorkProgress.Handler?
  ) throws -> [LogLikelihood] {
    values.map { LogLikelihood(value: $0, isGreedy: false, tokenCount: 1) }
  }
}
