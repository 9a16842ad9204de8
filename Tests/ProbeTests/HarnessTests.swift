import Core
import Foundation
import Inference
import OrderedCollections
import TestSupport
import Testing

@testable import Probe

/// What lm-eval itself wrote for `fixtures/golden/harness/tasks`, byte for byte; `golden_harness.py` made them.
@Suite struct HarnessTests {
  struct Run: Sendable, CustomTestStringConvertible {
    var name: String
    var tasks: [String]
    var options = EvaluationOptions()
    /// How solved examples stand in the chat template; `nil` for no template.
    var isMultiturn: Bool?
    var testDescription: String { name }

    static let all = [
      Run(name: "zero", tasks: ["mini_all", "mini_exact", "mini_several"]),
      Run(
        name: "five",
        tasks: ["mini_letters", "mini_short", "mini_capitals", "mini_goals", "mini_exact"],
        options: EvaluationOptions(shotCount: 5)),
      Run(
        name: "limited", tasks: ["mini_words"],
        options: EvaluationOptions(shotCount: 2, limit: 4)),
      Run(name: "kinds", tasks: kinds),
      Run(
        name: "kinds_shots", tasks: kinds,
        options: EvaluationOptions(shotCount: 2, systemInstruction: "Be brief.")),
      Run(
        name: "chat", tasks: ["mini_groups", "mini_metrics", "mini_target", "mini_blanks"],
        options: EvaluationOptions(shotCount: 2, systemInstruction: "Be brief."),
        isMultiturn: true),
      Run(
        name: "chat_joined", tasks: ["mini_groups", "mini_metrics", "mini_blanks"],
        options: EvaluationOptions(shotCount: 2), isMultiturn: false),
    ]

    private static let kinds = ["mini_groups", "mini_metrics", "mini_target", "mini_whole"]

    /// The template of `golden_harness.py`.
    private static let template =
      "{% for m in messages %}<{{ m.role }}>{{ m.content }}</>{% endfor %}"
      + "{% if add_generation_prompt %}<assistant>{% endif %}"

    var folder: String { Fixtures.path("golden/harness/runs/\(name)") }

    func report() throws -> HarnessReport {
      let library = try TaskLibrary(folders: [Fixtures.path("golden/harness/tasks")])
      var options = options
      options.chat = try isMultiturn.map {
        ChatFormat(try ChatTemplate(Self.template), isMultiturn: $0)
      }
      let evaluation = try Evaluation(library.selection(named: tasks), options: options)
      return HarnessReport(
        try evaluation.run(with: HashedModel()), of: evaluation,
        model: ModelDescription(name: "org/tiny:model"),
        run: RunDescription(
          program: "hashed", version: "1", started: Date(timeIntervalSince1970: 0), seconds: 1))
    }
  }

  @Test(arguments: Run.all)
  func samplesAreTheHarnesss(run: Run) throws {
    let report = try run.report()
    let files = try FileManager.default.contentsOfDirectory(atPath: run.folder)
      .filter { $0.hasPrefix("samples_") }
    #expect(files.count == report.result.tasks.count)
    for file in files {
      let theirs = try String(contentsOfFile: "\(run.folder)/\(file)", encoding: .utf8)
      let ours = report.samples(of: String(file.dropFirst(8).dropLast(6)))
      let theirLines = theirs.split(separator: "\n")
      let ourLines = ours.split(separator: "\n")
      #expect(ourLines.count == theirLines.count, "\(file)")
      for (our, their) in zip(ourLines, theirLines) {
        #expect(our.utf8.elementsEqual(their.utf8), "\(file): \(our) instead of \(their)")
      }
    }
  }

  @Test(arguments: Run.all)
  func resultsAreTheHarnesss(run: Run) throws {
    let data = try Data(contentsOf: URL(filePath: "\(run.folder)/results.json"))
    let theirs = try #require(JSONValue(parsing: Array(data)).object)
    let ours = try #require(run.report().results.object)
    let same = [
      "results", "groups", "group_subtasks", "configs", "versions", "n-shot", "higher_is_better",
      "n-samples", "task_hashes", "model_source", "model_name", "model_name_sanitized",
    ]
    for key in same {
      let our = ours[key]?.serialized(.pretty)
        .replacingOccurrences(of: Fixtures.path("golden/harness/tasks/"), with: "")
      #expect(our == theirs[key]?.serialized(.pretty), "\(key)")
    }
  }

  @Test func filesAreWrittenWholeIntoTheModelsFolder() throws {
    let report = try Run.all[2].report()
    let folder = try TemporaryFolder([:])
    let paths = try report.write(to: OutputFolder(path: folder.path))
    let start = "\(folder.path)/org__tiny__model/"
    #expect(paths.count == 3)
    #expect(paths[0].hasPrefix("\(start)results_"))
    #expect(paths.allSatisfy { $0.hasPrefix(start) })
    let text = try String(contentsOfFile: paths[0], encoding: .utf8)
    #expect(text == report.results.serialized(.pretty))
    let samples = try String(contentsOfFile: paths[1], encoding: .utf8)
    #expect(samples == report.samples(of: "mini_capitals"))
    let blocked = try TemporaryFolder(["org__tiny__model": "a file"])
    let error = #expect(throws: InputError.self) {
      try report.write(to: OutputFolder(path: blocked.path))
    }
    #expect(error?.path?.hasPrefix("\(blocked.path)/org__tiny__model/") == true)
  }

  @Test(arguments: [
    ("org/tiny:model", "org__tiny__model"), ("a<>b//c", "a__b__c"), ("../x", "..__x"),
    ("..", "__.."), (".", "__."), ("plain", "plain"),
  ])
  func folderNames(name: String, expected: String) throws {
    let evaluation = try Evaluation(TaskSelection([EvalTask]()))
    let report = HarnessReport(
      try evaluation.score([]), of: evaluation, model: ModelDescription(name: name),
      run: RunDescription(version: "1", started: Date(timeIntervalSince1970: 0), seconds: 0))
    #expect(report.folderName == expected)
  }

  @Test func timeOfFilesIsTheHarnesss() throws {
    let run = RunDescription(
      version: "1", started: Date(timeIntervalSince1970: 1_700_000_000.25), seconds: 0.5,
      timeZone: try #require(TimeZone(secondsFromGMT: 3600)))
    #expect(run.fileTime == "2023-11-14T23-13-20.750000")
  }
}
