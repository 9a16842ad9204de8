import Core
import Foundation
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
      message: "is not known here; known are name, series, task_path, axes, new_tasks, "
        + "num_fewshot, limit"),
    Broken(
      from: "limit: 10", to: "limit: 0", place: "line 13, key 'limit'",
      message: "'0' is not a whole number of at least 1"),
    Broken(
      from: "limit: 10", to: "limit: few", place: "line 13, key 'limit'",
      message: "'few' is not a whole number of at least 1"),
    Broken(
      from: "kind: bias", to: "kind: prejudice", place: "line 10, key 'axes[1].kind'",
      message: "'prejudice' is not a kind; expected ability or bias"),
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
      message: "is not known here; known are name, series, task_path, axes, new_tasks, "
        + "num_fewshot, limit"),
  ])
  func brokenFilesAreOneError(broken: Broken) throws {
    let folder = try Folder()
    let text = Self.good.replacingOccurrences(of: broken.from, with: broken.to)
    try #require(text != Self.good)
    let error = #expect(throws: InputError.self) { try folder.plan(text) }
    #expect(error?.path == "\(folder.path)/study.yaml")
    #expect(error?.message == broken.message)
    #expect(error?.place?.hasSuffix(broken.place.split(separator: ", ").last ?? "") == true)
    if !broken.message.hasPrefix("is not known here; known are name, series, task_path, axes, new")
      || broken.from == "limit: 10"
    {
      #expect(error?.place == broken.place)
    }
  }

  @Test func missingCheckpointIsNamedWithItsKey() throws {
    let folder = try Folder()
    let text = Self.good.replacingOccurrences(of: "checkpoint: one", with: "checkpoint: two")
    let error = #expect(throws: InputError.self) { try folder.plan(text) }
    #expect(error?.place == "line 6, key 'series[0].stages[0].checkpoint'")
    #expect(error?.message == "no such file or folder: \(folder.path)/two")
  }

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

  @Test func commandLineNeedsStagesTasksAndExistingCheckpoints() throws {
    let base = try Folder().path
    let folder = try Folder()
    for (checkpoints, tasks, message) in [
      ([base], ["a"], "is the only checkpoint; a study needs the base and stages"),
      ([base, base], [], "no tasks are named"),
      (["\(folder.path)/base", "\(folder.path)/x"], ["a"], "no such file or folder"),
    ] {
      let error = #expect(throws: InputError.self) {
        try StudyPlan(checkpoints: checkpoints, tasks: tasks, taskPaths: [])
      }
      #expect(error?.message == message)
    }
  }

  @Test func shippedStudyIsReadable() throws {
    let plan = try StudyPlan(file: Fixtures.path("study.yaml"))
    #expect(plan.series[0].stages.count == 5)
    #expect(plan.axes.count == 4)
  }
}
