import Core
import OrderedCollections
import TestSupport
import Testing

@testable import Probe

@Suite struct TaskLibraryTests {
  private func library() throws -> TaskLibrary {
    try TaskLibrary(folders: [Fixtures.path("golden/harness/tasks")])
  }

  @Test(arguments: [
    (["mini_goals"], ["mini_goals"]), (["mini_words"], ["mini_capitals", "mini_yes_no"]),
    (["mini_letters_*"], ["mini_letters_plants", "mini_letters_stones"]),
    (["mini_exact", "mini_exact", "mini_e?act"], ["mini_exact"]),
    (
      ["mini_letters", "mini_goals"], ["mini_letters_plants", "mini_letters_stones", "mini_goals"]
    ),
    (["mini_[ce]*"], ["mini_capitals", "mini_exact"]),
  ])
  func namesMeanTasks(names: [String], expected: [String]) throws {
    #expect(try library().evaluationTasks(named: names).map(\.name) == expected)
  }

  @Test func namesAreListed() throws {
    let names = try library().names
    #expect(names.contains("mini_all") && names.contains("mini_words"))
    #expect(names == names.sorted() && !names.contains("_base"))
  }

  @Test(arguments: [
    (["mini_gaols"], "did you mean 'mini_goals'?"), (["nothing_like_it"], nil),
  ])
  func unknownNames(names: [String], hint: String?) throws {
    let library = try library()
    let error = #expect(throws: InputError.self) { try library.selection(named: names) }
    #expect(error?.message.hasPrefix("no task, group or tag '\(names[0])' in ") == true)
    #expect(error?.hint == hint)
  }

  @Test func aTaskIsAskedForOnce() throws {
    let library = try library()
    let error = #expect(throws: InputError.self) {
      try library.selection(named: ["mini_letters", "mini_letters_plants"])
    }
    #expect(
      error?.message == "task 'mini_letters_plants' is asked for twice: through 'mini_letters' "
        + "and 'mini_letters_plants'")
  }

  @Test func groupsHoldTheirTasksAndKeys() throws {
    let selection = try library().selection(named: ["mini_all"])
    #expect(selection.groups.map(\.name) == ["mini_all", "mini_letters", "mini_all::words"])
    #expect(selection.groups[1].alias == "Letters")
    let goals = try #require(selection.tasks.first { $0.name == "mini_goals" })
    #expect(goals.configuration.shotCount == 1)
  }

  @Test(arguments: [
    ("group: g\ntask: [g]", "key 'task': group 'g' contains itself"),
    ("group: g\ntask: [t1]", "key 'task': no task, group or tag 't1', which group 'g' names"),
    ("group: g\ntask: t1", "key 'task': group 'g' has no list of tasks"),
    (
      "group: g\ntask: [{num_fewshot: 1}]",
      "key 'task': an entry of group 'g' names no task and no group"
    ),
    (
      "group: g\ntask: []\naggregate_metric_list: [{metric: acc, aggregation: median}]",
      "key 'aggregate_metric_list': aggregation \"median\" is not supported"
    ),
    (
      "group: g\ntask: []\naggregate_metric_list: [{weight_by_size: true}]",
      "key 'aggregate_metric_list': an entry without 'metric'"
    ),
    (
      "group: g\ntask: []\naggregate_metric_list: [{metric: acc, wieght_by_size: true}]",
      "key 'aggregate_metric_list': unknown key 'wieght_by_size'"
    ),
  ])
  func groupErrors(yaml: String, expected: String) throws {
    let folder = try TemporaryFolder(["g.yaml": yaml])
    let library = try TaskLibrary(folders: [folder.path])
    let error = #expect(throws: InputError.self) { try library.selection(named: ["g"]) }
    #expect(
      error?.description.hasPrefix("\(folder.path)/g.yaml: \(expected)") == true,
      "\(String(describing: error))")
  }

  @Test func includesAreMergedAndKnowTheirFiles() throws {
    let folder = try TemporaryFolder([
      "base/a.yaml": "one: 1\ntwo: 1\ntask_list: [x]\ninclude: b.yaml",
      "base/b.yaml": "one: 0\nthree: yes",
      "t.yaml": "include: [base/a.yaml]\ntwo: 2\nfour: 1.5\nfive: 1e5\nsix: ~\nseven: '8'",
    ])
    let source = try TaskSource(path: "\(folder.path)/t.yaml")
    #expect(
      source.values == [
        "one": 1, "three": true, "two": 2, "four": 1.5, "five": "1e5", "six": .null, "seven": "8",
      ])
    #expect(source.origins["one"] == "\(folder.path)/base/a.yaml")
    #expect(source.origins["three"] == "\(folder.path)/base/b.yaml")
    #expect(source.origins["two"] == "\(folder.path)/t.yaml")
  }

  @Test(arguments: [
    ("*", "any", true), ("a*c", "abbc", true), ("a*c", "abbd", false), ("a?c", "abc", true),
    ("a?c", "ac", false), ("[ab]x", "bx", true), ("[!ab]x", "bx", false), ("[!ab]x", "cx", true),
    ("[a-c]x", "bx", true), ("[a-c]x", "dx", false), ("[]]x", "]x", true), ("[ab", "[ab", true),
    ("a**b*", "ab", true), ("", "", true), ("", "a", false),
  ])
  func patterns(pattern: String, name: String, matches: Bool) {
    #expect(NamePattern(pattern).matches(name) == matches)
  }
}
