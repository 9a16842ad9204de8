import Core
import Foundation
import Probe
import TestSupport
import Testing

@testable import Study

/// Study files, and what is wrong with them.
@Suite struct StudyPlanTests {
  /// A folder with two checkpoints and a task folder, all empty.
  private final class Folder {
    let path: String

    init() throws {
      path = FileManager.default.temporaryDirectory
        .appending(path: "lethe-plan-\(UUID().uuidString)").path(percentEncoded: false)
      for name in ["base", "one", "tasks"] {
        try FileManager.default.createDirectory(
          atPath: "\(path)/\(name)", withIntermediateDirectories: true)
      }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func addAdapters(_ names: [String]) throws {
      for name in names {
        let folder = "\(path)/\(name)"
        try FileManager.default.createDirectory(
          atPath: folder, withIntermediateDirectories: true)
        for file in ["adapter_config.json", "adapter_model.safetensors"] {
          try "{}".write(toFile: "\(folder)/\(file)", atomically: true, encoding: .utf8)
        }
      }
    }

    func plan(_ text: String) throws -> StudyPlan {
      try text.write(toFile: "\(path)/study.yaml", atomically: true, encoding: .utf8)
      return try StudyPlan(file: "\(path)/study.yaml")
    }
  }

  private static let good = """
    name: A study
    series:
      - name: m
        base: base
        stages:
          - {name: first, checkpoint: one, task: new_a}
    task_path: tasks
    axes:
      - {name: knowledge, tasks: [a, b]}
      - {name: bias, tasks: pairs, kind: bias}
    new_tasks: [new_a]
    num_fewshot: 0
    limit: 10
    data: tasks
    protocol: paper
    metrics: {a: acc_norm}
    budget: {memory: 2GiB, sample: 50}
    restore: {target: 0.8, stage: first, kinds: [layer, interpolation], alphas: [0.5]}
    """

  @Test func everyKeyIsRead() throws {
    let folder = try Folder()
    let plan = try folder.plan(Self.good)
    #expect(plan.name == "A study")
    #expect(plan.series.map(\.name) == ["m"])
    #expect(plan.series[0].base == "\(folder.path)/base")
    #expect(plan.series[0].stages[0].checkpoint == "\(folder.path)/one")
    #expect(plan.series[0].stages[0].task == "new_a")
    #expect(plan.taskPaths == ["\(folder.path)/tasks"])
    #expect(plan.axes.map(\.tasks) == [["a", "b"], ["pairs"]])
    #expect(plan.axes.map(\.kind) == [.ability, .bias])
    #expect(plan.newTasks == ["new_a"])
    #expect(plan.fewshotCount == 0)
    #expect(plan.limit == 10)
    #expect(plan.dataPaths == ["\(folder.path)/tasks"])
    #expect(plan.rules == .paper)
    #expect(plan.metrics == ["a": "acc_norm"])
    #expect(plan.memoryByteCount == 2 << 30)
    #expect(plan.sampleSize == 50)
    #expect(
      plan.restoration
        == StudyPlan.RestorationPlan(
          kinds: [.layer, .interpolation], stage: "first", target: 0.8, alphas: [0.5]))
  }

  struct Broken: Sendable, CustomTestStringConvertible {
    let from: String
    let to: String
    let place: String
    let message: String
    var testDescription: String { message }
  }

  @Test(arguments: [
    Broken(
      from: "name: A study\n", to: "", place: "line 1", message: "needs the key 'name'"),
    Broken(
      from: "limit: 10", to: "limits: 10", place: "line 13, key 'limits'",
      message: "is not known here; known are name, series, task_path, data, protocol, axes, "
        + "new_tasks, metrics, num_fewshot, limit, budget, restore, contrasts"),
    Broken(
      from: "limit: 10", to: "limit: 0", place: "line 13, key 'limit'",
      message: "'0' is not a whole number of at least 1"),
    Broken(
      from: "limit: 10", to: "limit: few", place: "line 13, key 'limit'",
      message: "'few' is not a whole number of at least 1"),
    Broken(
      from: "kind: bias", to: "kind: prejudice", place: "line 10, key 'axes[1].kind'",
      message: "'prejudice' is not known here; expected one of ability, bias"),
    Broken(
      from: "protocol: paper", to: "protocol: mine", place: "line 15, key 'protocol'",
      message: "'mine' is not known here; expected one of lm-eval, paper"),
    Broken(
      from: "memory: 2GiB", to: "memory: much", place: "line 17, key 'budget.memory'",
      message: "'much' is not a size such as 512MB, 3GB or 2GiB"),
    Broken(
      from: "target: 0.8", to: "target: 80", place: "line 18, key 'restore.target'",
      message: "'80' is not a number from 0.0 to 1.0"),
    Broken(
      from: "stage: first", to: "stage: last", place: "line 18, key 'restore.stage'",
      message: "no series has a stage 'last'"),
    Broken(
      from: "name: bias", to: "name: knowledge", place: "line 10, key 'axes[1]'",
      message: "the name 'knowledge' is already taken"),
    Broken(
      from: "task: new_a", to: "task: new_b", place: "line 6, key 'series[0].stages[0].task'",
      message: "'new_b' is not one of new_tasks"),
    Broken(
      from: "tasks: [a, b]", to: "tasks: []", place: "line 9, key 'axes[0].tasks'",
      message: "needs at least one task"),
    Broken(
      from: "name: first", to: "name: base", place: "line 6, key 'series[0].stages[0]'",
      message: "the name 'base' is already taken"),
    Broken(
      from: "axes:\n", to: "axes: none\nnone:\n", place: "line 8, key 'none'",
      message: "is not known here; known are name, series, task_path, data, protocol, axes, "
        + "new_tasks, metrics, num_fewshot, limit, budget, restore, contrasts"),
  ])
  func brokenFilesAreOneError(broken: Broken) throws {
    let folder = try Folder()
    let text = Self.good.replacingOccurrences(of: broken.from, with: broken.to)
    try #require(text != Self.good)
    let error = #expect(throws: InputError.self) { try folder.plan(text) }
    #expect(error?.path == "\(folder.path)/study.yaml")
    #expect(error?.message == broken.message)
    #expect(error?.place?.hasSuffix(broken.place.split(separator: ", ").last ?? "") == true)
    if !broken.message.hasPrefix("is not known here; known are name, series, task_path, data")
      || broken.from == "limit: 10"
    {
      #expect(error?.place == broken.place)
    }
  }

  @Test func missingCheckpointIsFoundOutLater() throws {
    let folder = try Folder()
    let text = Self.good.replacingOccurrences(of: "checkpoint: one", with: "checkpoint: two")
    #expect(try folder.plan(text).series[0].stages[0].checkpoint == "\(folder.path)/two")
  }

  @Test func contrastsAreBetweenSeriesThatThereAre() throws {
    let folder = try Folder()
    let one = Self.good.replacingOccurrences(
      of: "task_path", with: "contrasts:\n  - {name: size, series: [m, n]}\ntask_path")
    let error = #expect(throws: InputError.self) { try folder.plan(one) }
    #expect(error?.message == "no series is named 'n'")
    let two = one.replacingOccurrences(
      of: "contrasts",
      with: "  - {name: n, base: base, stages: [{name: x, checkpoint: one}]}\ncontrasts")
    #expect(
      try folder.plan(two).contrasts == [StudyPlan.Contrast(name: "size", series: ["m", "n"])])
  }

  @Test(arguments: [
    ("merged", ["base+one", "base+one+two"]), ("base", ["base+one", "base+two"]),
  ])
  func adaptersGoOnWhatIsSaid(chain: String, expected: [String]) throws {
    let folder = try Folder()
    try folder.addAdapters(["one", "two"])
    let plan = try folder.plan(Self.adapters + "    adapter_chain: \(chain)\n" + Self.rest)
    let found = plan.series[0].stages.map {
      $0.checkpoint.replacingOccurrences(of: "\(folder.path)/", with: "")
    }
    #expect(found == expected)
  }

  @Test func whatLaterAdaptersGoOnIsNotGuessed() throws {
    let folder = try Folder()
    try folder.addAdapters(["one", "two"])
    let error = #expect(throws: InputError.self) {
      try folder.plan(Self.adapters + Self.rest)
    }
    #expect(error?.message.contains("nothing says what it was trained on") == true)
    #expect(error?.description.contains("adapter_chain: merged") == true)
    // The first stage's can only go on the base.
    let one = Self.adapters.replacingOccurrences(
      of: "      - {name: second, checkpoint: two}\n", with: "")
    #expect(
      try folder.plan(one + Self.rest).series[0].stages[0].checkpoint.hasSuffix(
        "base+\(folder.path)/one"))
  }

  private static let adapters = """
    name: A study
    series:
      - name: m
        base: base
        stages:
          - {name: first, checkpoint: one}
          - {name: second, checkpoint: two}

    """
  private static let rest = "task_path: tasks\naxes: [{name: knowledge, tasks: a}]\n"

  @Test(arguments: ["", "a: [", "- x", "just text"])
  func otherTextIsOneError(text: String) throws {
    let folder = try Folder()
    let error = #expect(throws: InputError.self) { try folder.plan(text) }
    #expect(error?.path == "\(folder.path)/study.yaml")
    #expect(error?.description.split(separator: "\n").count ?? 9 <= 2)
  }

  @Test func commandLineMakesEachTaskAnAxis() throws {
    let folder = try Folder()
    let plan = try StudyPlan(
      checkpoints: ["\(folder.path)/base", "\(folder.path)/one"], tasks: ["a", "b"],
      taskPaths: ["\(folder.path)/tasks"])
    #expect(plan.axes.map(\.name) == ["a", "b"])
    #expect(plan.series[0].stages.map(\.name) == ["one"])
    #expect(plan.series[0].name == "base")
  }

  @Test func commandLineNeedsStagesAndTasks() throws {
    let base = try Folder().path
    for (checkpoints, tasks, message) in [
      ([base], ["a"], "is the only checkpoint; a study needs the base and stages"),
      ([base, base], [], "no tasks are named"),
    ] {
      let error = #expect(throws: InputError.self) {
        try StudyPlan(checkpoints: checkpoints, tasks: tasks, taskPaths: [])
      }
      #expect(error?.message == message)
    }
  }

  @Test func shippedStudiesAreReadable() throws {
    let llama = try StudyPlan(file: Fixtures.path("study-llama.yaml"))
    #expect(llama.series.map(\.stages.count) == [5])
    let whole = try StudyPlan(file: Fixtures.path("study.yaml"))
    #expect(whole.series.map(\.stages.count) == Array(repeating: 5, count: 9))
    #expect(whole.axes.count == 4)
    #expect(whole.contrasts.count == 4)
    // Adapters of later stages stand on those before.
    let adapters = try #require(whole.series.first { $0.name == "llama-lora" })
    #expect(adapters.stages[4].checkpoint.split(separator: "+").count == 6)
  }
}
