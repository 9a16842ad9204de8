import Core
import Inference
import OrderedCollections

/// Scores the answers to items of ``TargetTaskFunctions`` that the metrics of lm-eval cannot score
/// from answer and target alone.
enum TargetTaskScores {
  static let all = [
    NativeFunction(
      name: "continual_t0/utils.explanation_results",
      summary: "the answer beside all three explanations",
      body: .scores { row, answers in
        let references = try ["explanation_1", "explanation_2", "explanation_3"].map(row.text)
        return ["bleu": .texts(references: references, prediction: try text(row, answers))]
      }),
    NativeFunction(
      name: "continual_t0/utils.headline_results",
      summary: "ROUGE-1 of the answer and the headline, from 0 to 100",
      body: .scores { row, answers in
        let score = ROUGE.score(
          .rouge1, prediction: try text(row, answers), reference: try row.text("summary"))
        return ["rouge1": .number(100 * score.fMeasure)]
      }),
    NativeFunction(
      name: "continual_t0/utils.simplification_results",
      summary: "SARI of the answer, the sentence and the simple sentence, from 0 to 100",
      body: .scores { row, answers in
        let score = SARI.score(
          of: try text(row, answers), source: try row.text("normal_sentence"),
          references: [try row.text("simple_sentence")])
        return ["sari": .number(100 * score)]
      }),
  ]

  private static func text(_ row: DataSplit.Row, _ answers: [ItemAnswer]) throws -> String {
    guard case .text(let answer) = answers.first else { throw row.error("there is no answer") }
    return answer.text
  }
}
