import Core
import Inference
import OrderedCollections
import TestSupport
import Testing

@testable import Probe

/// Tasks that are made of a user's own file.
@Suite struct OwnTaskTests {
  @Test func questionsOfATableAreSentAsTheyStand() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      "my.questions.csv",
      """
      question,choices,answer,topic
      "What is 1.50 + 1?","2.50 | 02 | 1,5",A,sum
      Which is a vowel?,a|b,a,letters
      """)
    let task = try OwnTask.questions(path: path)
    #expect(task.name == "my")
    let items = try Evaluation(TaskSelection([task])).tasks[0].items
    #expect(items.map(\.choices) == [["2.50", "02", "1,5"], ["a", "b"]])
    #expect(items.map(\.gold) == [[0], [0]])
    #expect(
      items[0].requests[1]
        == .text(
          TextRequest(context: "Question: What is 1.50 + 1?\nAnswer:", continuation: " 02")))
    #expect(items[1].row.fields["topic"] == "letters")
  }

  @Test func questionsMayBeJSONLines() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      "q.jsonl", #"{"question": "Q", "choices": ["x | y", "z"], "answer": "b"}"#)
    let items = try Evaluation(TaskSelection([OwnTask.questions(path: path)])).tasks[0].items
    #expect(items[0].choices == ["x | y", "z"])
    #expect(items[0].gold == [1])
  }

  @Test func choicesOfATableMayBeAList() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      "q.csv", "question,choices,answer\nq,\"[\"\"x | y\"\", 'z']\",z\n")
    let items = try Evaluation(TaskSelection([OwnTask.questions(path: path)])).tasks[0].items
    #expect(items.map(\.choices) == [["x | y", "z"]] && items[0].gold == [1])
    let broken = try folder.write("n.csv", "question,choices,answer\nq,\"[1, 2]\",1\n")
    let error = #expect(throws: InputError.self) { try OwnTask.questions(path: broken) }
    #expect(error?.description.contains("field 'choices' holds something else") == true)
  }

  @Test(arguments: [
    ("question,choices\nq,a|b\n", "there is no field 'answer'"),
    ("question,choices,answer\nq,a|b,c\n", "expected one of the choices or a letter from A to B"),
    ("question,choices,answer\nq,a,a\n", "field 'choices' has 1 choices, expected at least 2"),
    ("question,choices,answer\nq,a||b,a\n", "choice 2 is empty"),
    ("question,choices,answer\nq,a|a,a\n", "which is more than one of the choices"),
  ])
  func problemsNameTheRow(text: String, message: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("q.csv", text)
    let error = #expect(throws: InputError.self) { try OwnTask.questions(path: path) }
    #expect(error?.path == path)
    #expect(error?.place == "row 2")
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }

  @Test func emptyFilesAreRefused() throws {
    let folder = try TemporaryFolder()
    let table = try folder.write("q.csv", "question,choices,answer\n")
    #expect(throws: InputError.self) { try OwnTask.questions(path: table) }
    let text = try folder.write("t.txt", " \n\n")
    #expect(throws: InputError.self) { try OwnTask.text(path: text) }
  }

  @Test func textsAreScoredByParagraph() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("notes.txt", "One two\r\nthree.\n\n \nÉ four\n")
    let evaluation = try Evaluation(TaskSelection([OwnTask.text(path: path)]))
    #expect(
      evaluation.requests == [
        .text(TextRequest(rolling: "One two\nthree.")), .text(TextRequest(rolling: "É four")),
      ])
    #expect(evaluation.tasks[0].items.map(\.row.number) == [1, 5])
    let answers: [ItemAnswer?] = [(-6.0, 4), (-3.0, 2)].map { value, count in
      .logLikelihood(LogLikelihood(value: value, isGreedy: false, tokenCount: count))
    }
    let task = try evaluation.score(answers).tasks[0]
    #expect(task.metric("loss_per_token")?.value == 1.5)
    #expect(abs((task.metric("token_perplexity")?.value ?? 0) - 4.4816890703380645) < 1e-12)
    #expect(abs((task.metric("word_perplexity")?.value ?? 0) - 6.0496474644129465) < 1e-12)
    let bits = 9 / 21 / 0.6931471805599453
    #expect(abs((task.metric("bits_per_byte")?.value ?? 0) - bits) < 1e-12)
  }
}
