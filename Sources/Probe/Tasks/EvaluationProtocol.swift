public import Inference

/// By whose rules tasks are run.
public enum EvaluationProtocol: String, CaseIterable, Sendable {
  /// Those of lm-evaluation-harness 0.4.13.
  case harness = "lm-eval"
  /// Those of arXiv 2308.08747: the harness of April 2023 (commit 44275ae), with its prompts, its order
  /// of items and examples, and contexts and continuations that are encoded each by itself.
  case paper

  /// Where the boundary between context and continuation falls.
  public var encoding: RequestEncoding {
    switch self {
    case .harness: .joint
    case .paper: .separate
    }
  }
}
