public import Core
public import Formats

/// A part of a tuned model that is put back, and how far.
public struct RestoredUnit: Sendable, Hashable {
  /// What it is called in results, such as `layer 3`.
  public var name: String
  /// The tensors.
  public var part: ModelPart
  /// The share of the base: 1 for its own weights.
  public var alpha: Double

  /// Creates a unit.
  public init(_ name: String, _ part: ModelPart, alpha: Double = 1) {
    self.name = name
    self.part = part
    self.alpha = alpha
  }
}

/// A base and a model that was tuned from it, opened so that parts of the base can be put back and the
/// outcome scored.
public protocol StageRestorer: Sendable {
  /// The places that something can be put back at, in the order of the model.
  var places: [ModelPart.Place] { get }
  /// The functions of the tensors that can be put back, in the order of the model.
  var components: [Role.Component] { get }
  /// What a reader must know, such as tensors that the base does not have.
  var notes: [String] { get }

  /// Scores the tuned model with parts of it put back, on the items that all checkpoints were asked.
  ///
  /// - Parameters:
  ///   - units: What is put back, each in a model of its own.
  ///   - progress: Told how far the work has come.
  /// - Returns: The scores with all answers, in the order of the units; without documents.
  /// - Throws: An error that says what cannot be scored.
  func score(_ units: [RestoredUnit], progress: WorkProgress.Handler?) throws -> [StageScores]
}
