import Core
import Formats
import OrderedCollections
import Study

/// A made-up model of four layers of which one was damaged: putting it back brings nearly everything back,
/// and costs a little of what was learned.
struct ExampleRestorer: StageRestorer {
  let base, tuned: StageScores
  /// The layer that was damaged.
  var damagedLayer = 2
  /// Told the names of the units of each call.
  var asked: (@Sendable ([String]) -> Void)?

  var places: [ModelPart.Place] { (0..<4).map { .layer(.decoder, $0) } + [.outside] }
  var components: [Role.Component] { [.token_embd, .attn_q, .ffn_up, .output] }
  var notes: [String] { [] }

  func score(_ units: [RestoredUnit], progress: WorkProgress.Handler?) throws -> [StageScores] {
    asked?(units.map(\.name))
    return units.map { unit in
      let isDamaged =
        unit.part.places?.contains(.layer(.decoder, damagedLayer)) ?? (unit.part.components == nil)
      return isDamaged && unit.alpha > 0.5
        ? (unit.part == .everything ? base : mixed(every: 7)) : mixed(every: 2000)
    }
  }

  /// The base's answers, but every so many the tuned model's; the other way round for small shares.
  private func mixed(every count: Int) -> StageScores {
    var scores = count > 1000 ? tuned : base
    let other = count > 1000 ? base : tuned
    for task in scores.answers.indices {
      for item in scores.answers[task].scores.indices where item % count == 1 {
        scores.answers[task].scores[item] = other.answers[task].scores[item]
      }
      let values = scores.answers[task].scores
      scores.tasks[task].value = values.reduce(0, +) / Double(values.count)
    }
    return scores
  }
}

extension ExampleInstruments {
  func restorer(
    base: String, tuned: String, on tasks: [String]
  ) throws -> any StageRestorer {
    ExampleRestorer(
      base: Self.answered(Int(base.suffix(1)) ?? 0, tasks),
      tuned: Self.answered(Int(tuned.suffix(1)) ?? 0, tasks))
  }

  /// The scores of a stage with answers that make them up; right answers are spread over the items.
  static func answered(_ stage: Int, _ tasks: [String]) -> StageScores {
    let count = Int(items)
    let answers = tasks.map { task in
      let right = Int(((scores[task]?[stage] ?? 0) / 100 * items).rounded())
      return TaskAnswers(
        task: task, scores: (0..<count).map { $0 * 7 % count < right ? 1 : 0 })
    }
    return StageScores(
      tasks: answers.map { answers in
        TaskScore(
          task: answers.task, metric: "acc", value: answers.scores.reduce(0, +) / items,
          standardError: nil, chance: nil, itemCount: count)
      }, answers: answers, numerics: "f32")
  }
}
