import Core
import OrderedCollections
import Templates

/// What lm-eval's `race/preprocess_race.py` does, and the same for data with a row per question
/// and for the paper's protocol.
///
/// An item is a passage. Its questions but the last stand before it with their answers; the options
/// of the last are the choices.
enum RACEFunctions {
  static let all = [
    NativeFunction(
      name: "race/paper.doc_to_text",
      summary: "passage, questions with answers, last question, as lm-eval wrote them in 2023",
      body: .part { row in .string(try text(row, keepsStem: false)) }),
    NativeFunction(
      name: "race/preprocess_race.doc_to_choice", summary: "the options of the last question",
      body: .part { row in .array(try lastProblem(row).options.map(JSONValue.string)) }),
    NativeFunction(
      name: "race/preprocess_race.doc_to_target", summary: "the last question's right option",
      body: .part { row in .integer(try lastProblem(row).answer) }),
    NativeFunction(
      name: "race/preprocess_race.doc_to_text",
      summary: "passage, questions with their answers, last question",
      body: .part { row in .string(try text(row, keepsStem: true)) }),
    NativeFunction(
      name: "race/questions.process_docs",
      summary: "puts the questions of a passage, which are rows of their own, into one row",
      body: .rows(grouped)),
  ]

  private struct Problem {
    var question: String
    var options: [String]
    var answer: Int
  }

  /// The text before the options.
  ///
  /// A sentence with a blank at its end is written up to the blank if `keepsStem` holds; lm-eval of
  /// 2023 wrote the last five characters of it instead.
  private static func text(_ row: DataSplit.Row, keepsStem: Bool) throws -> String {
    let problems = try problems(row)
    var text = "Article: \(try row.text("article"))\n\n"
    for problem in problems.dropLast() {
      let answer = problem.options[problem.answer]
      let question = problem.question.unicodeScalars
      if question.suffix(6).elementsEqual("  _  .".unicodeScalars) {
        text += String(keepsStem ? question.dropLast(5) : question.suffix(5)) + "\(answer)\n"
      } else {
        text += "Question: \(problem.question)\nAnswer: \(answer)\n"
      }
    }
    return text + (problems.last?.question ?? "")
  }

  private static func lastProblem(_ row: DataSplit.Row) throws -> Problem {
    guard let last = try problems(row).last else { throw row.error("field 'problems' is empty") }
    return last
  }

  /// The questions of a passage: a list, or a Python literal of one.
  private static func problems(_ row: DataSplit.Row) throws -> [Problem] {
    let value = try row.value("problems")
    guard let list = value.array ?? value.string.flatMap(PythonLiteral.parse)?.array else {
      throw row.error("field 'problems' is no list of questions")
    }
    return try list.enumerated().map { index, value in
      var problem = row
      problem.fields = value.object ?? [:]
      do {
        let options = try problem.texts("options")
        let answer = try problem.place("answer", among: ["A", "B", "C", "D"])
        guard options.count == 4 else {
          throw row.error("found \(options.count) options, expected 4")
        }
        return Problem(question: try problem.text("question"), options: options, answer: answer)
      } catch let error as InputError {
        throw row.error("field 'problems', place \(index): \(error.message)")
      }
    }
  }

  @Sendable private static func grouped(_ rows: [DataSplit.Row]) throws -> [DataSplit.Row] {
    var passages: OrderedDictionary<String, DataSplit.Row> = [:]
    for row in rows {
      let article = try row.text("article")
      let problem = JSONValue.object([
        "question": try row.value("question"), "answer": try row.value("answer"),
        "options": try row.value("options"),
      ])
      var passage =
        passages[article]
        ?? DataSplit.Row(
          fields: ["article": .string(article), "problems": .array([])], path: row.path,
          number: row.number)
      passage.fields["problems"] = .array((passage.fields["problems"]?.array ?? []) + [problem])
      passages[article] = passage
    }
    return Array(passages.values)
  }
}
