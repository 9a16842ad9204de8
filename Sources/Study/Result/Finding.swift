/// One sentence that a study says, and how sure it is of it.
public struct Finding: Sendable, Equatable {
  /// How sure a finding is.
  public enum Certainty: String, Sendable, CaseIterable {
    /// Computed from all weights: no sampling is involved.
    case measured
    /// A difference of more than two standard errors, or p < 0.05 after correction.
    case clear
    /// Within what chance can do.
    case uncertain
    /// A limit: what this study cannot say.
    case notClaimed = "not_claimed"

    /// The word that a reader sees.
    public var title: String {
      switch self {
      case .measured: "measured"
      case .clear: "clear"
      case .uncertain: "uncertain"
      case .notClaimed: "not claimed"
      }
    }
  }

  /// The sentence.
  public var text: String
  /// How sure it is.
  public var certainty: Certainty

  /// Creates a finding.
  public init(_ text: String, _ certainty: Certainty) {
    self.text = text
    self.certainty = certainty
  }
}
