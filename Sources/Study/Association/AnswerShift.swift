import Probe
import Statistics

/// How far a checkpoint's answers are from those of a reference, on the same items.
public struct AnswerShift: Sendable, Equatable {
  /// The share of items with another likeliest choice; `nil` for tasks without choices.
  public var disagreement: Double?
  /// The mean of KL(reference ‖ checkpoint) over the items, in nats.
  public var divergenceFromReference: Double?
  /// The mean of KL(checkpoint ‖ reference) over the items, in nats.
  public var divergenceToReference: Double?

  /// Compares the answers to one task.
  ///
  /// Items with a log-likelihood that is not finite have no divergence and are left out of its mean.
  ///
  /// - Parameters:
  ///   - answers: The checkpoint's.
  ///   - reference: Those of the checkpoint that it is compared with, to the same items.
  public init(_ answers: TaskAnswers, from reference: TaskAnswers) {
    let predictions = zip(answers.predictions, reference.predictions)
    disagreement = mean(predictions.map { $0 == $1 ? 0 : 1 })
    let choices = Array(zip(answers.logLikelihoods, reference.logLikelihoods))
    divergenceFromReference = mean(choices.compactMap { ChoiceDivergence.nats($1, $0) })
    divergenceToReference = mean(choices.compactMap { ChoiceDivergence.nats($0, $1) })
  }

  /// The mean of several, each counted once; where one does not exist it is left out.
  public init(meanOf shifts: [AnswerShift]) {
    disagreement = mean(shifts.compactMap(\.disagreement))
    divergenceFromReference = mean(shifts.compactMap(\.divergenceFromReference))
    divergenceToReference = mean(shifts.compactMap(\.divergenceToReference))
  }
}

extension SeriesResult {
  /// How far the answers on an axis are from those of the base or of the stage before, for each stage;
  /// each task counts once, and a stage at which one has no answers has no shift.
  ///
  /// - Parameters:
  ///   - axis: The axis; ``League/allAbilities`` for the mean of all axes of ability.
  ///   - reference: What the stages are compared with.
  /// - Returns: One for each stage after the base.
  public func answerShifts(of axis: String, _ reference: DriftReference) -> [AnswerShift] {
    let tasks = league(axis).map { axis in
      axis.tasks.filter { scores.first?.answers(to: $0) != nil }
    }
    return scores.indices.dropFirst().map { stage in
      let before = reference == .base ? 0 : stage - 1
      let shifts = tasks.map { tasks in
        tasks.compactMap { task in
          scores[stage].answers(to: task).flatMap { own in
            scores[before].answers(to: task).map { AnswerShift(own, from: $0) }
          }
        }
      }
      // A mean over other tasks than at the other stages would not be comparable with theirs.
      let isComplete = zip(shifts, tasks).allSatisfy { $0.count == $1.count }
      return AnswerShift(meanOf: isComplete ? shifts.map(AnswerShift.init(meanOf:)) : [])
    }
  }

  /// The axes that a name of the league stands for.
  func league(_ axis: String) -> [Axis] {
    axes.filter { axis == League.allAbilities ? $0.kind == .ability : $0.name == axis }
  }
}
