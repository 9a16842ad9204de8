import Core
import Foundation
import OrderedCollections
import TestSupport
import Testing

@testable import Probe

/// Comparisons of lm-eval's own files against scipy and statsmodels.
@Suite struct GoldenComparisonTests {
  private static let time = "2026-11-21T20-00-00.000001"
  private let golden: JSONValue
  private let report: CheckpointComparisons

  init() throws {
    golden = try Golden.document("compare/comparison.json")
    let base = try SampleSet(path: Fixtures.path("golden/compare/base"))
    let tuned = try SampleSet(path: Fixtures.path("golden/compare/tuned"))
    report = try CheckpointComparisons(base, with: [tuned], workGroup: WorkGroup())
  }

  private func comparison(_ task: String, _ metric: String = "acc") throws -> TaskComparison {
    try #require(report.comparisons.first { $0.task == task && $0.metric == metric })
  }

  private func number(_ value: JSONValue, _ key: String) throws -> Double {
    try #require(value[key]?.double, "\(key)")
  }

  @Test func sharesAreThoseOfStatsmodels() throws {
    let shares = try #require(golden["shares"]?.object)
    try #require(shares.count >= 8)
    for (task, expected) in shares {
      let found = try comparison(task)
      #expect(found.count == expected["n"]?.int, "\(task)")
      #expect(found.lostCount == expected["b"]?.int, "\(task)")
      #expect(found.gainedCount == expected["c"]?.int, "\(task)")
      #expect(abs(found.difference - (try number(expected, "difference"))) < 1e-12, "\(task)")
      let pValue = try #require(found.mcNemarPValue)
      #expect(abs(pValue - (try number(expected, "p_mcnemar"))) < 1e-10, "\(task)")
      let mid = try #require(found.midPValue)
      #expect(abs(mid - (try number(expected, "p_mid"))) < 1e-7, "\(task)")
      let error = try #require(found.standardError)
      #expect(abs(error - (try number(expected, "standard_error"))) < 1e-12, "\(task)")
    }
  }

  @Test func answersAgreeAndDivergeAsScipySays() throws {
    var count = 0
    for (task, expected) in try #require(golden["shares"]?.object) {
      guard expected["agreement"] != nil else { continue }
      count += 1
      let found = try comparison(task)
      #expect(abs(try #require(found.agreement) - (try number(expected, "agreement"))) < 1e-12)
      let forward = try #require(found.forwardDivergence)
      let reverse = try #require(found.reverseDivergence)
      #expect(abs(forward - (try number(expected, "kl_forward"))) < 1e-9, "\(task)")
      #expect(abs(reverse - (try number(expected, "kl_reverse"))) < 1e-9, "\(task)")
    }
    #expect(count >= 6)
  }

  @Test func pValuesOfMembersAreCorrectedAmongThemselves() throws {
    for (task, expected) in try #require(golden["holm_of_members"]?.object) {
      let found = try comparison(task)
      #expect(found.isMember)
      #expect(found.familySize == 4)
      #expect(abs(try #require(found.adjustedPValue) - (try #require(expected.double))) < 1e-10)
    }
    let group = try comparison("domain_knowledge")
    #expect(group.isGroup && !group.isMember && group.isMain)
    // The group, and the tasks of no group: two of choices, one of words, pages, answers, classes.
    #expect(group.familySize == 8)
  }

  @Test func metricsThatAreNoMeansDifferAsTheHarnessSays() throws {
    for (task, expected) in try #require(golden["aggregated"]?.object) {
      let found = try comparison(task, try #require(expected["metric"]?.string))
      let deviation = try number(expected, "deviation")
      let interval = try #require(expected["interval"]?.numbers)
      let own = try #require(found.interval)
      #expect(found.lostCount == nil && found.mcNemarPValue == nil)
      #expect(found.pValueKind == .permutation)
      let difference = try number(expected, "difference")
      #expect(abs(found.difference - difference) < 1e-9 * max(1, abs(difference)), "\(task)")
      #expect(abs(own.lowerBound - interval[0]) < 0.25 * deviation, "\(task)")
      #expect(abs(own.upperBound - interval[1]) < 0.25 * deviation, "\(task)")
    }
  }

  @Test func sharedPassagesMakeClusters() throws {
    let reading = try comparison("compare_reading")
    #expect(reading.clusterCount == 8)
    // Six of the eight passages lost items and none won: of 2⁸ ways to swap, eight are as extreme.
    #expect(reading.pValue == 8.0 / 256)
    #expect(reading.pValueKind == .clusterPermutation)
    #expect(reading.clusteredInterval != nil)
    #expect(try comparison("reason_compare").clusterCount == nil)
    #expect(try comparison("reason_compare").pValueKind == .mcNemar)
    // Tasks of a group are reported as clusters; the test is of its items.
    #expect(try comparison("domain_knowledge").clusterCount == 4)
    #expect(try comparison("domain_knowledge").pValueKind == .mcNemar)
  }

  @Test func valuesAreThoseThatTheHarnessReports() throws {
    for (folder, value) in [("base", \TaskComparison.baseValue), ("tuned", \.otherValue)] {
      let path = Fixtures.path("golden/compare/\(folder)/results_\(Self.time).json")
      let results = try JSONValue(parsing: Array(Data(contentsOf: URL(filePath: path))))
      for comparison in report.comparisons {
        let key = "\(comparison.metric),\(comparison.filter)"
        let expected = try #require(results["results"]?[comparison.task]?[key]?.double)
        // Brier scores are printed with 8 digits in samples.
        #expect(abs(comparison[keyPath: value] - expected) < 1e-6, "\(comparison.task) \(key)")
      }
    }
    #expect(report.comparisons.contains { $0.metric == "brier_score" })
    #expect(report.comparisons.contains { $0.metric == "bleu" && $0.filter == "first-word" })
    #expect(report.comparisons.contains { $0.metric == "mcc" })
  }

  @Test func threadsDoNotMatter() throws {
    let base = try SampleSet(path: Fixtures.path("golden/compare/base"))
    let tuned = try SampleSet(path: Fixtures.path("golden/compare/tuned"))
    let one = try CheckpointComparisons(
      base, with: [tuned], workGroup: WorkGroup(threadCount: 1))
    #expect(one.comparisons == report.comparisons)
  }

  @Test func everyKeyOfConditionsIsInTheDocument() throws {
    let document = try comparison("compare_reading").json
    for key in TaskComparison.keys { #expect(document[key] != nil, "\(key)") }
  }
}

/// What joins, what does not, and what is refused.
@Suite struct SampleSetTests {
  private let folder: TestSupport.TemporaryFolder
  init() throws { folder = try TestSupport.TemporaryFolder() }

  /// A line of samples of right and wrong answers.
  private func line(
    _ index: Int, _ score: Double, prompt: String = "p", metric: String = "acc"
  ) -> String {
    """
    {"doc_id": \(index), "doc": {}, "filtered_resps": [["-1.0", "False"], ["-2.0", "False"]], \
    "filter": "none", "metrics": ["\(metric)"], "doc_hash": "d\(index)", "prompt_hash": \
    "\(prompt)\(index)", "target_hash": "t", "\(metric)": \(score)}

    """
  }

  private func set(_ name: String, _ lines: [String]) throws -> SampleSet {
    try FileManager.default.createDirectory(
      atPath: folder.path(name), withIntermediateDirectories: true)
    try folder.write("\(name)/samples_quiz.jsonl", lines.joined())
    return try SampleSet(path: folder.path(name))
  }

  private func compare(
    _ base: SampleSet, _ other: SampleSet, ignoringPrompts: Bool = false
  ) throws -> CheckpointComparisons {
    try CheckpointComparisons(
      base, with: [other], ignoringPrompts: ignoringPrompts, workGroup: WorkGroup(threadCount: 1))
  }

  @Test func itemsJoinWhateverTheirOrder() throws {
    let base = try set("a", (0..<6).map { line($0, $0 < 4 ? 1 : 0) })
    let other = try set("b", (2..<8).reversed().map { line($0, $0 < 3 ? 1 : 0) })
    let report = try compare(base, other)
    let found = try #require(report.comparisons.first)
    #expect(found.count == 4)
    #expect(found.unjoinedCounts == [2, 2])
    #expect(found.lostCount == 1)
    #expect(found.gainedCount == 0)
    #expect(found.baseValue == 0.5)
    #expect(found.otherValue == 0.25)
    #expect(report.notes.count == 2)
  }

  @Test func otherPromptsAreLeftOutUnlessAskedFor() throws {
    let base = try set("a", (0..<6).map { line($0, 1) })
    let other = try set("b", (0..<6).map { line($0, 0, prompt: $0 < 2 ? "p" : "q") })
    let report = try compare(base, other)
    #expect(report.comparisons.first?.count == 2)
    #expect(report.notes == ["quiz: 4 items have another prompt and are left out"])
    #expect(try compare(base, other, ignoringPrompts: true).comparisons.first?.count == 6)
  }

  @Test func nothingInCommonIsRefused() throws {
    let base = try set("a", (0..<3).map { line($0, 1) })
    let prompts = try set("b", (0..<3).map { line($0, 1, prompt: "q") })
    let items = try set("c", (5..<8).map { line($0, 1) })
    expectRefusal("3 items have another prompt") { try compare(base, prompts) }
    expectRefusal("shares no item") { try compare(base, items) }
  }

  @Test func brokenFilesAreRefusedWithTheirRow() throws {
    expectRefusal("row 2") { try set("a", [line(0, 1), "{\"doc_id\": 1,\n"]) }
    expectRefusal("row 1: 'doc_hash'") { try set("b", ["{\"doc_id\": 1}\n"]) }
    expectRefusal("there are no samples") { try set("c", ["\n"]) }
    expectRefusal("no file 'samples_*.jsonl'") {
      try SampleSet(path: Fixtures.path("golden/tokenizers"))
    }
    expectRefusal("no such file or folder") { try SampleSet(path: folder.path("none")) }
    expectRefusal("2 models") { try SampleSet(path: Fixtures.path("golden/compare")) }
  }

  @Test func latestRunOfATaskIsTaken() throws {
    try FileManager.default.createDirectory(
      atPath: folder.path("a/model"), withIntermediateDirectories: true)
    for (time, score) in [
      ("2026-01-02T03-04-05.000001", 0.0), ("2026-01-03T00-00-00.000001", 1.0),
      ("2025-12-31T23-59-59.999999", 0.0),
    ] {
      try folder.write("a/model/samples_my_quiz_\(time).jsonl", line(0, score))
    }
    let set = try SampleSet(path: folder.path("a"))
    #expect(set.tasks.map(\.task) == ["my_quiz"])
    #expect(set.tasks[0].samples[0].scores == [.number(1)])
  }

  @Test func metricWithoutValueIsNoted() throws {
    let base = try set("a", [line(0, 1), line(1, 1, metric: "other")])
    let report = try compare(base, base)
    #expect(report.comparisons.isEmpty)
    #expect(report.notes == ["quiz: metric 'acc' has no value for each item and is not compared"])
  }

  @Test func tooManyClassesAreNotCompared() throws {
    let lines = ["[9000000000000000000, 0]", "[-1, 0]"].map { pair in
      line(0, 1, metric: "f1").replacingOccurrences(of: "\"f1\": 1.0", with: "\"f1\": \(pair)")
    }
    for (index, line) in lines.enumerated() {
      let base = try set("\(index)", [line])
      #expect(try compare(base, base).comparisons.isEmpty)
    }
  }

  @Test func lossOfTextsIsCompared() throws {
    func losses(_ name: String, _ sums: [Double]) throws -> SampleSet {
      try set(
        name,
        sums.enumerated().map { index, sum in
          line(index, 1, metric: "loss_per_token").replacingOccurrences(
            of: "\"loss_per_token\": 1.0", with: "\"loss_per_token\": [\(sum), \(index + 1)]")
        })
    }
    let report = try compare(losses("a", [-1, -2, -3]), losses("b", [-2, -4, -9]))
    let found = try #require(report.comparisons.first)
    #expect(found.baseValue == 1)
    #expect(found.otherValue == 2.5)
    #expect(found.isWorse)
    // All three are worse: of eight ways to swap, two are as extreme.
    #expect(found.pValue == 0.25)
  }

  @Test func linksLeadToFolders() throws {
    _ = try set("a", [line(0, 1)])
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("link"), withDestinationPath: folder.path("a"))
    #expect(try SampleSet(path: folder.path("link")).tasks.map(\.task) == ["quiz"])
  }

  @Test func aFileOfSamplesMayHaveAnyName() throws {
    let path = try folder.write("mine.jsonl", line(0, 1) + line(1, 0))
    let set = try SampleSet(path: path)
    #expect(set.tasks.map(\.task) == ["mine"])
    #expect(set.tasks[0].samples.count == 2)
  }

  @Test func sameAnswersDoNotDiverge() throws {
    let base = try set("a", (0..<4).map { line($0, 1) })
    let found = try #require(try compare(base, base).comparisons.first)
    #expect(found.agreement == 1)
    #expect(found.forwardDivergence == 0)
    #expect(found.pValue == 1)
    #expect(found.detectableDifference == nil)
    #expect(!found.isSignificant)
  }

  @Test func infiniteLikelihoodsHaveNoDivergence() {
    #expect(ChoiceDivergence.nats([-1, -.infinity], [-1, -2]) == nil)
    #expect(ChoiceDivergence.nats([-1, -2], [-1]) == nil)
    let far = ChoiceDivergence.nats([-1000, -2000], [-2000, -1000])
    #expect(abs((far ?? 0) - 1000) < 1e-9)
  }

  private func expectRefusal(
    _ part: String, _ body: () throws -> some Any,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let error = #expect(throws: InputError.self, sourceLocation: sourceLocation) { _ = try body() }
    #expect("\(error.map { "\($0)" } ?? "")".contains(part), sourceLocation: sourceLocation)
  }
}
