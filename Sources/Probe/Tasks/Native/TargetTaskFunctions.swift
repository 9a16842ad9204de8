import Core
import OrderedCollections
import Templates

/// Makes items of the five data sets that the paper (arXiv 2308.08747) tunes on, as Continual-T0,
/// from which it took them, makes them.
///
/// Continual-T0 draws one of several prompts for each row, from Python's `Random(666)` anew for each
/// file of prompts; the draws here are the same.
enum TargetTaskFunctions {
  static let all = [
    NativeFunction(
      name: "continual_t0/utils.dialogue_docs",
      summary: "an item for every answer of a dialogue, with what was said before",
      body: .rows(answers)),
    NativeFunction(
      name: "continual_t0/utils.headline_docs",
      summary: "each article with the first, with any and with the last word of its headline",
      body: .rows { rows in
        try headlines(rows, .start) + headlines(rows, .contain) + headlines(rows, .end)
      }),
    NativeFunction(
      name: "continual_t0/utils.question_docs",
      summary: "the best answer to every question that starts with W or H and has one '?'",
      body: .rows(questions)),
    NativeFunction(
      name: "continual_t0/utils.simplification_docs",
      summary: "the last 4,000 pairs of sentences, which were not trained on",
      body: .rows(simplifications)),
  ]

  private static let seed: UInt64 = 666
  private static let testedPairCount = 4000

  /// A drawn prompt with a row's texts in the place of their names.
  private static func prompt(
    _ prompts: [String], _ random: inout PythonRandom, _ texts: KeyValuePairs<String, String>
  ) -> String {
    filled(prompts[random.below(prompts.count)], texts)
  }

  private static func filled(_ prompt: String, _ texts: KeyValuePairs<String, String>) -> String {
    var edited = EditedText(prompt)
    for (name, text) in texts { edited.replace("[\(name)]", with: text) }
    return edited.text
  }

  // MARK: Simplification

  private static let simplificationPrompts: [String] =
    [
      "Given the above text, write it with, simpler words:",
      "Given this text, write it with, simpler words:",
      "Given the above text, rewrite it so it is easier to understand:",
      "Given the above text, rewrite it so it is easier to read:",
      "Given the above text, reformulate it so it is easier to read:",
      "Given the above text, reformulate it with simpler words:",
    ].map { "[normal_sentence]\n\n===\n\n\($0)" }
    + [
      "Make this text simpler:", "Reformulate this text with simpler words:",
      "Reformulate the following text with simpler words:",
      "Rewrite this text so it becomes easier to understand:",
      "Generate a text easier to understand, with similar content than this text:",
    ].map { "\($0) \"[normal_sentence]\"" }

  @Sendable private static func simplifications(
    _ rows: [DataSplit.Row]
  ) throws -> [DataSplit.Row] {
    var random = PythonRandom(seed: seed)
    return try rows.suffix(testedPairCount).map { row in
      let prompt = prompt(
        simplificationPrompts, &random, ["normal_sentence": try row.text("normal_sentence")])
      return row.setting(["prompt": .string(prompt)])
    }
  }

  // MARK: Dialogue

  /// A dialogue as far as it was read.
  private struct Dialogue {
    var row: DataSplit.Row
    var name: String
    var texts: [String]
    var speaker: Int
    var turn: Int
  }

  @Sendable private static func answers(_ rows: [DataSplit.Row]) throws -> [DataSplit.Row] {
    var dialogues: [Dialogue] = []
    var current: Dialogue?
    for row in rows {
      let next = Dialogue(
        row: row, name: try row.text("conv_id"), texts: [try row.text("utterance")],
        speaker: try row.integer("speaker_idx"), turn: try row.integer("utterance_idx"))
      guard var dialogue = current, dialogue.name == next.name else {
        if let current { dialogues.append(current) }
        // A dialogue without its first turn is left out; the one before it is then taken again.
        if next.turn == 1 { current = next }
        continue
      }
      guard dialogue.speaker != next.speaker, dialogue.turn + 1 == next.turn else { continue }
      dialogue.texts += next.texts
      (dialogue.speaker, dialogue.turn) = (next.speaker, next.turn)
      current = dialogue
    }
    return try (dialogues + [current].compactMap(\.self)).flatMap(answers)
  }

  private static func answers(of dialogue: Dialogue) throws -> [DataSplit.Row] {
    let texts = dialogue.texts.map(restoringCommas)
    let situation = restoringCommas(try dialogue.row.text("prompt"))
    return try texts.indices.dropFirst().map { index in
      var row = dialogue.row
      row.fields = [
        "context_emotion": .string(try dialogue.row.text("context")),
        "context_prompt": .string(situation), "conv_id": .string(dialogue.name),
        "idx": .integer(index),
        "input_text": .string(texts[..<index].map { "- \($0)" }.joined(separator: "\n")),
        "output_text": .string(texts[index]),
      ]
      return row
    }
  }

  /// The data set writes commas as words, for it is a table of values between commas.
  private static func restoringCommas(_ text: String) -> String {
    var edited = EditedText(text)
    edited.replace("_comma_", with: ",")
    return edited.text
  }

  // MARK: Questions

  private static let questionPrompts = [
    "Given the following text, what could have been an inquisitive question: \"[text]\"",
    "Given the following text, write the possible curious question it answers: \"[text]\"",
    "Write an inquisitive question about the following text: \"[text]\"",
    "[text]\n\n===\n\nGiven the above text, write the possible curious question it answers:",
  ]

  @Sendable private static func questions(_ rows: [DataSplit.Row]) throws -> [DataSplit.Row] {
    var random = PythonRandom(seed: seed)
    return try rows.compactMap { row in
      let question = try row.text("title")
      guard question.utf8.first == UInt8(ascii: "W") || question.utf8.first == UInt8(ascii: "H"),
        question.utf8.count(where: { $0 == UInt8(ascii: "?") }) == 1
      else { return nil }
      let answers = try row.value("answers")
      let texts = answers["text"]?.array?.compactMap(\.string) ?? []
      let scores = answers["score"]?.array?.compactMap(\.int) ?? []
      guard let best = scores.max(), let place = scores.firstIndex(of: best),
        texts.indices.contains(place)
      else { throw row.error("field 'answers' has no lists 'text' and 'score' of one length") }
      var item = row
      item.fields = ["question": .string(question), "text": .string(texts[place])]
      return item.setting([
        "prompt": .string(prompt(questionPrompts, &random, ["text": texts[place]]))
      ])
    }
  }

  // MARK: Headlines

  /// Which word of the headline is asked for.
  private enum Constraint: String {
    case start, contain, end

    /// How a prompt asks for it, after "Make a title for this article".
    var phrases: [String] {
      switch self {
      case .start:
        [
          ", starting with", " that starts with", ", begining with", " that begins with",
          " which begins with",
        ]
      case .contain:
        [
          ", containing", " that contains", ", mentioning", " that mentions", ", including",
          " that includes", " which includes", " with",
        ]
      case .end:
        [
          ", ending with", ",by ending with", " that ends with", ", finishing with",
          " that finishes with", " which ends with",
        ]
      }
    }
  }

  private static func headlines(
    _ rows: [DataSplit.Row], _ constraint: Constraint
  ) throws -> [DataSplit.Row] {
    var random = PythonRandom(seed: seed)
    return try rows.map { row in
      let words = try row.text("summary").unicodeScalars.split(whereSeparator: PythonText.isSpace)
      guard !words.isEmpty else { throw row.error("field 'summary' has no word") }
      let phrase = constraint.phrases[random.below(constraint.phrases.count)]
      let place =
        switch constraint {
        case .start: 0
        case .contain: random.below(words.count)
        case .end: words.count - 1
        }
      let word = String(words[place])
      let prompt = filled(
        "Make a title for this article\(phrase) \"[TO_REPLACE_1]\": [document]",
        ["document": try row.text("document"), "TO_REPLACE_1": word])
      return row.setting([
        "constraint": .string(constraint.rawValue), "word": .string(word),
        "prompt": .string(prompt),
      ])
    }
  }
}
