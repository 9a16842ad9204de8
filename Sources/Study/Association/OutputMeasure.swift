/// One way to say how far a checkpoint's answers are from those of the checkpoint before; for all, more
/// is further.
///
/// They are taken on the items that forgetting is measured on. An item that is newly wrong was answered
/// otherwise, so that some association is there by construction.
public enum OutputMeasure: String, Sendable, CaseIterable {
  /// 1 − agreement: the share of items with another likeliest choice.
  case disagreement
  /// KL(reference ‖ stage) over the choices, in nats: the mean over items.
  case divergenceFromReference = "kl_from_reference"
  /// KL(stage ‖ reference) over the choices, in nats: the mean over items.
  case divergenceToReference = "kl_to_reference"

  /// The measure's value; `nil` where it does not exist.
  public func value(_ shift: AnswerShift) -> Double? {
    switch self {
    case .disagreement: shift.disagreement
    case .divergenceFromReference: shift.divergenceFromReference
    case .divergenceToReference: shift.divergenceToReference
    }
  }

  /// The measure as a reader sees it.
  public var title: String {
    switch self {
    case .disagreement: "share of other answers"
    case .divergenceFromReference: "KL(reference ‖ stage)"
    case .divergenceToReference: "KL(stage ‖ reference)"
    }
  }
}
