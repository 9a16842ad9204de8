import Core
import Foundation
import Inference
import OrderedCollections
import TestSupport
import Testing

@testable import Probe

/// Functions that stand for Python ones give what those of lm-eval 0.4.13 give; expected values are
/// theirs.
@Suite struct NativeFunctionTests {
  @Test func namesAreUniqueAndSorted() {
    let names = NativeFunctions.all.map(\.name)
    #expect(names == Set(names).sorted())
    #expect(NativeFunctions.named("hellaswag/utils.process_docs") != nil)
    #expect(NativeFunctions.named("hellaswag/utils.other") == nil)
  }

  /// Users read their names in `Tasks.md`.
  @Test func allAreDocumented() throws {
    let path = "\(Fixtures.repository)Sources/Probe/Probe.docc/Tasks.md"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    for function in NativeFunctions.all {
      #expect(text.contains("| `\(function.name)` | \(function.summary) |"), "\(function.name)")
    }
  }

  @Test(arguments: [
    (
      "a ) 38 , b ) 27.675 , c ) 30 , d ) data inadequate , e ) none of these",
      ["38", "27.675", "30", "data inadequate", "none of these"]
    ),
    ("a ) 1 , 000 , b ) 2 , c ) 3 , d ) 4 , e ) 5 , ", ["1", "2", "3", "4", "5"]),
    ("a ) x , e ) y , b ) z", ["x", "y , b ) z"]), ("e ) one\n", ["one"]),
    ("a ) b ) c , c ) d", ["b ) c"]), ("", []), ("e", []),
  ])
  func optionsOfMathQA(text: String, expected: [String]) {
    #expect(MathQAFunctions.options(text) == expected)
  }

  @Test(arguments: [
    (" a [title] b [x] c  d   e ", "a. b c d  e"), ("[a\nb] [c]]d", "[a\nb] ]d"),
    (" Élan [step] ", "Élan "),
  ])
  func endingsOfHellaSwag(text: String, expected: String) throws {
    let row = row([
      "activity_label": "Ab", "ctx_a": "x", "ctx_b": "éCOLE \u{39F}\u{3A3}", "label": "2",
      "endings": [.string(text)],
    ])
    let made = try #require(try rows("hellaswag/utils.process_docs", [row]).first)
    #expect(made.fields["choices"] == [.string(expected)])
    #expect(made.fields["query"] == "Ab: x École \u{3BF}\u{3C2}")
    #expect(made.fields["gold"] == 2)
    #expect(Array(made.fields.keys.suffix(3)) == ["query", "choices", "gold"])
  }

  @Test(arguments: [
    (
      " = Title = \n a ( b ) c @-@ d ' e ' f \" g \" 5 ° C N 's = = x = = /' 5/ [ y ] { z }",
      " = Title =\na (b) c-d 'e' f \"g\" 5°C 1's == x == /'[0-9]/ [y] {z}", 36.0
    ),
    (
      "the boys ' 3 @,@ 4 @.@ 5 ; : ! ? , . ( a ( b ) ) 's ' t",
      "the boys'3,4.5 ;:!? ,. (a ( b) )'s' t", 23.0
    ),
  ])
  func pagesOfWikitext(page: String, expected: String, wordCount: Double) throws {
    let row = row(["page": .string(page)])
    let text = try part("wikitext/preprocess_wikitext.wikitext_detokenizer", row)
    #expect(text == .string(expected))
    let scores = try scores("wikitext/preprocess_wikitext.process_results", row, [-3.5])
    #expect(scores["word_perplexity"] == .weighted(-3.5, weight: wordCount))
    #expect(scores["bits_per_byte"] == .weighted(-3.5, weight: Double(page.utf8.count)))
  }

  @Test(arguments: [
    ("C", [-3.0, -2, -1, -4], -1, [1.0, 1, 1, 0, 0]),
    ("B", [-3.0, -2, -1, -4], -1, [0.0, 1, 0.5, 1, 1]),
    ("B", [-5.0, -2, -1, -4], 0, [0.0, 1, 0.5, 1, 1]),
    ("A", [-3.0, -2, -1, -2.5], 3, [0.0, 0, 0.25, 0, 0]),
    ("D", [-1.0, -2, -1.5, -0.5], 3, [1.0, 1, 1, 0, 0]),
  ])
  func scoresOfMuTual(gold: String, values: [Double], greedy: Int, expected: [Double]) throws {
    let scores = try scores(
      "mutual/utils.process_results", row(["answers": .string(gold)]), values, greedy: greedy)
    let names = [
      "r@1", "r@2", "mrr", "r@1_as_printed_by_lm_eval", "r@2_as_printed_by_lm_eval",
    ]
    #expect(names.map { scores[$0] } == expected.map { .number($0) })
  }

  @Test func scoresOfPairsAndOfTruths() throws {
    let pair = try scores("crows_pairs/utils.process_results", row([:]), [-3, -2.5])
    #expect(pair == ["likelihood_diff": .number(0.5), "pct_stereotype": .number(0)])
    let row = row(["mc2_targets": ["choices": ["a", "b", "c"], "labels": [1, 0, 1]]])
    let truth = try scores("truthfulqa/utils.process_results_mc2", row, [-3, -2.5, -1])
    guard case .number(let value) = truth["acc"] else { throw InputError("no number") }
    #expect(abs(value - 0.8357483723749122) < 1e-15)
  }

  @Test(arguments: [
    ("winogrande/preprocess_winogrande.doc_to_text", "field 'answer' is '3', expected one of '1'"),
    ("winogrande/preprocess_winogrande.doc_to_target", "field 'sentence' has no '_'"),
    ("mathqa/utils.doc_to_choice", "field 'options' is an array, expected text"),
    ("crows_pairs/utils.doc_to_choice", "there is no field 'sent_more'"),
    ("race/preprocess_race.doc_to_text", "field 'problems', place 0: field 'answer' is 'E'"),
  ])
  func problemsNameFileRowAndField(function: String, message: String) throws {
    let row = row([
      "answer": "3", "sentence": "no blank", "options": ["a"], "article": "x",
      "problems": [["question": "q", "options": ["1", "2", "3", "4"], "answer": "E"]],
    ])
    let error = #expect(throws: InputError.self) { try part(function, row) }
    #expect(error?.path == "rows.jsonl")
    #expect(error?.place == "row 7")
    #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
  }

  // MARK: Calling

  private func row(_ fields: OrderedDictionary<String, JSONValue>) -> DataSplit.Row {
    DataSplit.Row(fields: fields, path: "rows.jsonl", number: 7)
  }

  private func rows(_ name: String, _ rows: [DataSplit.Row]) throws -> [DataSplit.Row] {
    guard case .rows(let body) = NativeFunctions.named(name)?.body else { return [] }
    return try body(rows)
  }

  private func part(_ name: String, _ row: DataSplit.Row) throws -> JSONValue {
    guard case .part(let body) = NativeFunctions.named(name)?.body else { return .null }
    return try body(row)
  }

  private func scores(
    _ name: String, _ row: DataSplit.Row, _ values: [Double], greedy: Int = -1
  ) throws -> OrderedDictionary<String, ItemScore> {
    guard case .scores(let body) = NativeFunctions.named(name)?.body else { return [:] }
    return try body(
      row,
      values.enumerated().map { index, value in
        .logLikelihood(LogLikelihood(value: value, isGreedy: index == greedy, tokenCount: 1))
      })
  }
}
