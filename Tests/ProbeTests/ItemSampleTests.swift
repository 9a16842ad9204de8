import Core
import Foundation
import TestSupport
import Testing

@testable import Probe

/// Samples of items: their sizes, that they are the same every time, and what they say.
@Suite struct ItemSampleTests {
  @Test(arguments: [
    (10, [50, 30, 20], [5, 3, 2]), (10, [1, 1, 1], [1, 1, 1]), (4, [5, 5, 5], [2, 1, 1]),
    (3, [100, 1, 1, 1], [3, 0, 0, 0]), (7, [10, 11, 12], [2, 2, 3]), (5, [], []),
  ])
  func sharesAreBySize(count: Int, sizes: [Int], expected: [Int]) {
    #expect(ItemSample.shares(of: count, sizes: sizes) == expected)
  }

  @Test func positionsAreAscendingAndTheSame() {
    let positions = ItemSample.positions(20, of: 1000)
    #expect(positions == positions.sorted() && Set(positions).count == 20)
    #expect(positions == ItemSample.positions(20, of: 1000))
    // sorted(random.Random(1234).sample(range(1000), 5))
    #expect(ItemSample.positions(5, of: 1000) == [7, 119, 451, 796, 989])
    #expect(ItemSample.positions(3, of: 2) == [0, 1])
  }

  private func evaluation(_ size: Int?) throws -> Evaluation {
    try Evaluation(
      TaskLibrary(folders: [Fixtures.path("golden/harness/tasks")])
        .selection(named: ["mini_letters", "mini_capitals"]),
      options: EvaluationOptions(shotCount: 3, sampleSize: size))
  }

  @Test func itemsOfASampleAreThoseOfTheWholeRun() throws {
    let whole = try evaluation(nil)
    let sample = try evaluation(8)
    // The group of 9 and 15 items has one sample, the task beside it another.
    #expect(sample.tasks.map(\.items.count) == [3, 5, 8])
    for (task, all) in zip(sample.tasks, whole.tasks) {
      for item in task.items {
        let same = try #require(all.items.first { $0.index == item.index })
        #expect(item.requests == same.requests && item.hashes == same.hashes)
      }
    }
  }

  @Test func aSampleSaysWhatItCanShow() throws {
    let evaluation = try evaluation(8)
    let report = HarnessReport(
      try evaluation.run(with: HashedModel()), of: evaluation, model: ModelDescription(name: "x"),
      run: RunDescription(version: "1", started: Date(timeIntervalSince1970: 0), seconds: 0))
    let summaries = report.sampleSummaries
    #expect(summaries.map(\.name) == ["mini_letters", "mini_capitals"])
    #expect(summaries.map(\.itemCount) == [8, 8])
    #expect(summaries.map(\.populationCount) == [24, 23])
    for summary in summaries {
      #expect(summary.interval.contains(summary.value))
      #expect(summary.interval.upperBound - summary.interval.lowerBound > 0.3)
    }
    let document = report.results["lethe"]?["sample"]
    #expect(document?["summaries"]?.array?.count == 2)
  }
}
