import Core
import Inference
import OrderedCollections
import Templates

/// What lm-eval's `mutual/utils.py` does, and what it means to do.
///
/// lm-eval 0.4 takes the arg-max over pairs of log-likelihood and a truth value, so that its `r@1`
/// and `r@2` hardly depend on the model. The metrics are the true values; what lm-eval prints
/// stands beside them.
enum MuTualFunctions {
  static let all = [
    NativeFunction(
      name: "mutual/utils.process_docs", summary: "puts marks and words together as prose has them",
      body: .rows { rows in try rows.map(processed) }),
    NativeFunction(
      name: "mutual/utils.process_results",
      summary: "whether the right answer is first, or among the first two, and its reciprocal rank",
      body: .scores(scores)),
  ]

  private static func processed(_ row: DataSplit.Row) throws -> DataSplit.Row {
    row.setting([
      "article": .string(joined(try row.text("article"))),
      "options": .array(try row.texts("options").map { .string(joined($0)) }),
    ])
  }

  private static func joined(_ text: String) -> String {
    var edited = EditedText(text)
    edited.replace(" '", with: "'")
    edited.replace(" \n", with: "\n")
    edited.replace("\n ", with: "\n")
    edited.replace(" n't", with: "n't")
    edited.replace("`` ", with: "\"")
    edited.replace("''", with: "\"")
    for mark in [":", ";", "!", "?", ",", "."] { edited.replace(" \(mark)", with: mark) }
    return edited.text
  }

  @Sendable private static func scores(
    _ row: DataSplit.Row, _ answers: [ItemAnswer]
  ) throws -> OrderedDictionary<String, ItemScore> {
    let values = try row.logLikelihoods(answers, count: 4)
    let gold = try row.place("answers", among: ["A", "B", "C", "D"])
    let isGreedy = answers.map { answer in
      guard case .logLikelihood(let value) = answer else { return false }
      return value.isGreedy
    }
    let best = values.indices.max { (values[$0], -$0) < (values[$1], -$1) }
    let rank = values.count { $0 > values[gold] }
    let printedRank = values.indices.count { other in
      values[other] > values[gold]
        || values[other] == values[gold] && isGreedy[other] && !isGreedy[gold]
    }
    // The arg-max of the flattened pairs: every truth value is above every negative logarithm.
    let flat = zip(values, isGreedy).flatMap { value, isGreedy -> [Double] in
      [value, isGreedy ? 1 : 0]
    }
    let printedBest = flat.indices.max { (flat[$0], -$0) < (flat[$1], -$1) }
    let isPrintedFirst = printedBest == gold
    return [
      "r@1": .number(best == gold ? 1 : 0),
      "r@2": .number(rank < 2 ? 1 : 0),
      "mrr": .number(1 / Double(rank + 1)),
      "r@1_as_printed_by_lm_eval": .number(isPrintedFirst ? 1 : 0),
      "r@2_as_printed_by_lm_eval": .number(isPrintedFirst || printedRank == 1 ? 1 : 0),
    ]
  }
}
