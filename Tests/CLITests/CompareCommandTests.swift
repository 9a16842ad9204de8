import Core
import Foundation
import OrderedCollections
import TestSupport
import Testing

/// `lethe compare` on lm-eval's own files, and comparisons of `lethe probe`.
@Suite struct CompareCommandTests {
  private static let base = "fixtures/golden/compare/base"
  private static let tuned = "fixtures/golden/compare/tuned"

  /// Of 128 items of the group the tuned checkpoint lost 76 and won none.
  @Test(arguments: [
    ("domain_knowledge.difference < -0.02 and domain_knowledge.p_adjusted < 0.05", 1),
    ("domain_knowledge.difference > -0.02 or domain_knowledge.p_adjusted > 0.05", 0),
    ("domain_knowledge.b == 76 and domain_knowledge.c == 0", 1),
    ("know_people[acc_norm].n == 32", 1), ("know_people[acc,none].n == 32", 1),
    ("\"compare_answers\"[exact_match,first-word].n == 32", 1),
    // A key alone: of one task at a time, and of tasks that have it.
    ("b == 76 and n == 32", 0), ("b == 76 and n == 128", 1), ("p_mcnemar < 0", 0),
    ("compare_pages.p_mcnemar < 1", 2), ("nothing.difference < 0", 2),
    ("compare_pages.p_mcnemar < 1 or domain_knowledge.n == 128", 1),
    ("know_people[f1].difference < 0", 2), ("domain_knowledge.differenc < 0", 64),
    ("domain_knowledge.difference.more < 0", 64), ("domain_knowledge.difference <", 64),
  ])
  func aConditionDecidesTheExitCode(condition: String, status: Int32) throws {
    let outcome = try LetheProcess.run(
      "compare", Self.base, Self.tuned, "--fail-if", condition)
    #expect(outcome.status == status, "\(outcome.errors)")
    #expect(outcome.errors.contains("fail-if: ") == (status == 1), "\(outcome.errors)")
    #expect(outcome.output.isEmpty == (status == 64))
  }

  @Test func whatMetTheConditionIsSaid() throws {
    let outcome = try LetheProcess.run(
      "compare", Self.base, Self.tuned, "--fail-if", "domain_knowledge.difference < -0.5")
    #expect(outcome.errors.contains(", domain_knowledge, acc: difference is -0.5938\n"))
  }

  @Test func documentHoldsEveryComparison() throws {
    let outcome = try LetheProcess.run("compare", Self.base, Self.tuned, "--format", "json")
    let document = try JSONValue(parsing: Array(outcome.output.utf8))
    let rows = try #require(document["comparisons"]?.array)
    #expect(rows.count == 26)
    let keys = [
      "base", "other", "task", "n", "b", "c", "p_mcnemar", "p_mid", "difference", "interval",
      "agreement", "kl_forward", "kl_reverse", "p_adjusted",
    ]
    for row in rows { #expect(keys.allSatisfy { row[$0] != nil }) }
    let again = try LetheProcess.run(
      "compare", Self.base, Self.tuned, "--format", "json", "--threads", "1")
    #expect(again.output == outcome.output)
  }

  @Test func tablesHaveARowForEachComparison() throws {
    let csv = try LetheProcess.run("compare", Self.base, Self.tuned, "--format", "csv")
    #expect(csv.output.split(separator: "\n").count == 27)
    #expect(csv.output.hasPrefix("base,other,task,metric,filter,"))
    let table = try LetheProcess.run("compare", Self.base, Self.tuned)
    let group = try #require(table.output.split(separator: "\n").first { $0.contains("(group)") })
    #expect(group.contains("-59.38  ▼"))
    #expect(table.output.contains("▼ ▲ worse, better than"))
    let markdown = try LetheProcess.run("compare", Self.base, Self.tuned, "--format", "markdown")
    #expect(markdown.output.contains("| domain knowledge (group) | acc | 128 |"))
  }

  @Test func severalResultsAreComparedWithTheFirst() throws {
    let outcome = try LetheProcess.run(
      "compare", Self.base, Self.tuned, Self.base, "--format", "json", "--fail-if",
      "domain_knowledge.difference == 0")
    #expect(outcome.status == 1)
    let document = try JSONValue(parsing: Array(outcome.output.utf8))
    #expect(document["comparisons"]?.array?.count == 52)
  }

  @Test(arguments: ["no-such-folder", "fixtures/golden/compare", "fixtures/tasks"])
  func whatHoldsNoResultsIsRefused(path: String) throws {
    let outcome = try LetheProcess.run("compare", Self.base, path)
    #expect(outcome.status == 2)
    #expect(outcome.errors.hasPrefix("error: \(path)"))
    #expect(outcome.output.isEmpty)
  }
}

/// `lethe probe` of several checkpoints, and its files compared again.
@Suite struct ProbeComparisonTests {
  private static let base = "fixtures/series/llama/base"
  private static let tuned = "fixtures/series/llama/stage-5-headline"

  private func probe(_ more: [String]) throws -> LetheProcess.Outcome {
    try LetheProcess.run(
      [
        "probe", Self.base, Self.tuned, "--task-path", "fixtures/tasks", "--tasks",
        "domain_knowledge,reason_compare", "--limit", "32", "--numerics", "f32",
      ] + more)
  }

  /// lm-eval's runs of the same checkpoints are in the golden files.
  @Test func comparisonsAreThoseOfTheHarnessFiles() throws {
    let folder = try TemporaryFolder()
    let outcome = try probe(["--format", "json", "--output-path", folder.path])
    let document = try JSONValue(parsing: Array(outcome.output.utf8))
    let rows = try #require(document["comparisons"]?.array)
    let golden = try #require(try Golden.document("compare/comparison.json")["shares"]?.object)
    for task in ["domain_knowledge", "know_people", "know_devices", "reason_compare"] {
      let row = try #require(
        rows.first { $0["task"]?.string == task && $0["metric"]?.string == "acc" })
      let expected = try #require(golden[task])
      for key in ["n", "b", "c"] { #expect(row[key] == expected[key], "\(task) \(key)") }
      let divergence = expected["kl_forward"]?.double
      if let divergence {
        #expect(abs(try #require(row["kl_forward"]?.double) - divergence) < 1e-3)
      }
    }
    // The written files say the same.
    let folders = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasPrefix("fixtures__") }.sorted()
    try #require(folders.count == 2)
    let again = try LetheProcess.run(
      "compare", folder.path(folders[0]), folder.path(folders[1]), "--format", "json")
    let read = try JSONValue(parsing: Array(again.output.utf8))
    #expect(read["comparisons"] == document["comparisons"])
  }

  @Test func matrixMarksWhatIsSignificant() throws {
    let outcome = try probe(["--fail-if", "domain_knowledge.difference < -0.02"])
    #expect(outcome.status == 1)
    let lines = outcome.output.split(separator: "\n")
    #expect(try #require(lines.first { $0.contains("know_people") }).hasSuffix(" ▼"))
    #expect(lines.last?.hasPrefix("▼ ▲ worse, better than") == true)
  }

  @Test func conditionsAreCheckedBeforeTheWork() throws {
    let unknown = try probe(["--fail-if", "know_peopl.difference < 0"])
    #expect(unknown.status == 2)
    #expect(unknown.errors.contains("there is no task or group 'know_peopl'"))
    #expect(try probe(["--fail-if", "know_people.diff < 0"]).status == 64)
    let single = try LetheProcess.run(
      "probe", Self.base, "--task-path", "fixtures/tasks", "--tasks", "know_people",
      "--fail-if", "know_people.difference < 0")
    #expect(single.status == 64)
  }
}
