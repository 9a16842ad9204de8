import Core
import Foundation
import TestSupport
import Testing

@testable import Probe

@Suite struct PythonRandomTests {
  /// `[r.getrandbits(32) for _ in range(5)]` of CPython 3.11 for a seed.
  @Test(arguments: [
    (UInt64(1234), [4_150_886_329, 3_342_196_574, 1_892_932_127, 501_869_158, 32_175_636]),
    (UInt64(0), [3_626_764_237, 1_654_615_998, 3_255_389_356, 3_823_568_514, 1_806_341_205]),
    (
      UInt64(1_099_511_627_781),
      [2_166_296_868, 2_220_160_828, 1_153_647_273, 2_850_991_874, 3_976_222_944]
    ),
  ])
  func wordsAreCPythons(seed: UInt64, expected: [UInt32]) {
    var random = PythonRandom(seed: seed)
    #expect((0..<5).map { _ in random.next() } == expected)
  }

  @Test func farWordsAreCPythons() {
    var random = PythonRandom(seed: 1234)
    for _ in 0..<2000 { _ = random.next() }
    #expect(random.next() == 558_462_902)
  }

  /// Draws of `random.Random(1234).sample(range(n), k)`, one after another from one stream.
  @Test func samplesAreCPythons() throws {
    let data = try Data(contentsOf: URL(filePath: Fixtures.path("golden/fewshot.json")))
    let document = try JSONValue(parsing: Array(data))
    let seed = try #require(document["seed"]?.int)
    let cases = try #require(document["cases"]?.array)
    #expect(cases.count >= 10)
    for example in cases {
      let size = try #require(example["n"]?.int)
      let count = try #require(example["k"]?.int)
      var random = PythonRandom(seed: UInt64(seed))
      for draw in try #require(example["draws"]?.array) {
        let expected = draw.array?.compactMap(\.int)
        #expect(random.sample(count, from: size) == expected, "\(count) of \(size)")
      }
    }
  }
}
