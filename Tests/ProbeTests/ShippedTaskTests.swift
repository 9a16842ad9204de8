import Core
import Crypto
import Foundation
import Inference
import OrderedCollections
import TestSupport
import Testing

@testable import Probe

/// The shipped benchmarks send what lm-eval 0.4.13 sends, item by item (`golden/tasks/requests.json`,
/// made by `fixtures/train/golden_tasks.py`).
@Suite struct ShippedTaskTests {
  private static let ownData = Fixtures.path("golden/tasks/data")
  /// The tasks that the paper tunes on, whose prompts Continual-T0 has made and no harness.
  private static let targets: Set = ["simp", "emdg", "inqqg", "hgen"]

  @Test func tasksOnOurOwnRowsSendWhatTheirHarnessSends() throws {
    let folders = try DataFolders(folders: [Self.ownData], environment: [:])
    let hasData = { (name: String) in
      FileManager.default.fileExists(atPath: "\(Self.ownData)/\(name)")
    }
    #expect(try compare("requests", .harness, folders, where: hasData) == 12)
    #expect(try compare("requests-paper", .paper, folders, where: hasData) == 8)
  }

  @Test(.enabled(if: BenchmarkLayout.isAvailable, "the public benchmarks are not there"))
  func tasksOnPublicDataSendWhatTheirHarnessSends() throws {
    let folder = try TemporaryFolder()
    try BenchmarkLayout.fill(folder)
    let folders = try DataFolders(folders: [folder.path], environment: [:])
    let hasData = { (name: String) in
      FileManager.default.fileExists(atPath: folder.path(name))
    }
    #expect(try compare("requests", .harness, folders, where: hasData) == 57 * 4 + 16 + 1 + 10)
    #expect(try compare("requests-paper", .paper, folders, where: hasData) == 57 * 2 + 5 + 3)
  }

  /// Compares all runs whose data is there with the harness's and says how many there are.
  private func compare(
    _ file: String, _ rules: EvaluationProtocol, _ folders: DataFolders,
    where hasData: (String) -> Bool
  ) throws -> Int {
    let golden = try #require(try Golden.document("tasks/\(file).json").object)
    var count = 0
    for (key, expected) in golden {
      let parts = key.split(separator: "@").map(String.init)
      // The paper's own form of a target's prompt stands around that of Continual-T0.
      let rules = Self.targets.contains(parts[0]) ? .harness : rules
      let library = try TaskLibrary(folders: [], shipped: rules, data: folders)
      let source = try #require(library.tasks[parts[0]])
      guard hasData(try #require(source.values["dataset_path"]?.string)) else { continue }
      count += 1
      let evaluation = try Evaluation(
        library.selection(named: [parts[0]]),
        options: EvaluationOptions(shotCount: parts.count > 1 ? Int(parts[1]) : nil, rules: rules))
      try check(evaluation.tasks[0], expected, "\(file) \(key)")
    }
    return count
  }

  private func check(
    _ task: Evaluation.PreparedTask, _ expected: JSONValue, _ key: String
  ) throws {
    #expect(task.shotCount == expected["num_fewshot"]?.int, "\(key)")
    #expect(task.items.count == expected["count"]?.int, "\(key)")
    var stream = SHA256()
    var marks: [String] = []
    var first: [String] = []
    for (place, item) in task.items.enumerated() {
      let bytes = Data(text(of: item, task.task.name).utf8)
      stream.update(data: bytes)
      if place < 5 { first.append(String(hexadecimal(SHA256.hash(data: bytes)).prefix(16))) }
      if (place + 1) % 100 == 0 || place + 1 == task.items.count {
        marks.append(String(hexadecimal(stream.finalize()).prefix(16)))
      }
    }
    #expect(first == expected["first"]?.array?.compactMap(\.string), "\(key)")
    let streams = expected["stream"]?.array?.compactMap(\.string) ?? []
    let difference = zip(marks, streams).enumerated().first { $1.0 != $1.1 }?.offset
    #expect(
      difference == nil && marks.count == streams.count, "\(key): hundred \(difference ?? -1)")
    // The middle RACE has no rows of lm-eval's form, and in 2023 it made no hashes.
    guard let hash = expected["task_hash"]?.string, !key.hasSuffix("race_middle") else { return }
    let hashes = task.items.map { $0.hashes.document + $0.hashes.prompt + $0.hashes.target }
    #expect(ItemHashes.hash(hashes.joined()) == hash, "\(key)")
  }

  /// An item's requests as `golden_tasks.py` writes them.
  private func text(of item: PreparedItem, _ task: String) -> String {
    guard Self.targets.contains(task) else { return item.requests.map(text).joined() }
    let context = item.requests[0].generationRequest?.context ?? ""
    return "\(context)\u{1F}\(item.target)\u{1E}"
  }

  private func text(_ request: ItemRequest) -> String {
    switch request {
    case .text(let text): "\(text.context)\u{1F}\(text.continuation)\u{1E}"
    case .generation(let request):
      "\(request.context)\u{1F}\(request.stops.joined(separator: "\u{1D}"))\u{1F}"
        + "\(request.maximumTokenCount)\u{1E}"
    }
  }

  private func hexadecimal(_ digest: some Sequence<UInt8>) -> String {
    digest.map { byte in
      let digits = String(byte, radix: 16)
      return digits.count < 2 ? "0\(digits)" : digits
    }.joined()
  }
}
