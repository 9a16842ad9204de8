import Core
import OrderedCollections
import Templates

/// What lm-eval's `wikitext/preprocess_wikitext.py` does.
enum WikitextFunctions {
  static let all = [
    NativeFunction(
      name: "wikitext/preprocess_wikitext.process_results",
      summary: "the page's log-likelihood over the words and bytes of the page as it is stored",
      body: .scores(scores)),
    NativeFunction(
      name: "wikitext/preprocess_wikitext.wikitext_detokenizer",
      summary: "the page with marks and words put together as prose has them",
      body: .part { row in .string(joined(try row.text("page"))) }),
  ]

  private static func joined(_ page: String) -> String {
    var edited = EditedText(page)
    edited.replace("s '", with: "s'")
    joinQuotedDigits(&edited)
    edited.replace(" @-@ ", with: "-")
    edited.replace(" @,@ ", with: ",")
    edited.replace(" @.@ ", with: ".")
    for mark in [":", ";", ".", "!", "?", ","] { edited.replace(" \(mark) ", with: "\(mark) ") }
    edited.tighten("(", ")")
    edited.tighten("[", "]")
    edited.tighten("{", "}")
    edited.tighten("\"", "\"")
    edited.tighten("'", "'")
    edited.replace("= = = =", with: "====")
    edited.replace("= = =", with: "===")
    edited.replace("= =", with: "==")
    edited.replace(" \u{B0} ", with: "\u{B0}")
    edited.replace(" \n", with: "\n")
    edited.replace("\n ", with: "\n")
    edited.replace(" N ", with: " 1 ")
    edited.replace(" 's", with: "'s")
    return edited.text
  }

  /// lm-eval writes its own pattern, brackets and all, in place of what the pattern finds.
  private static func joinQuotedDigits(_ text: inout EditedText) {
    for digit in 0...9 { text.replace("/' \(digit)/", with: "/'[0-9]/") }
  }

  @Sendable private static func scores(
    _ row: DataSplit.Row, _ answers: [ItemAnswer]
  ) throws -> OrderedDictionary<String, ItemScore> {
    let value = try row.logLikelihoods(answers, count: 1)[0]
    let page = try row.text("page")
    let byteCount = Double(page.utf8.count)
    return [
      "word_perplexity": .weighted(value, weight: Double(ItemScorer.wordCount(page))),
      "byte_perplexity": .weighted(value, weight: byteCount),
      "bits_per_byte": .weighted(value, weight: byteCount),
    ]
  }
}
