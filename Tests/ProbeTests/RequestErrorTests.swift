import Core
import Foundation
import Inference
import Probe
import TestSupport
import Testing

/// What the engine says of a request is told with the task, the item and the choice.
struct RequestErrorTests {
  /// A model that cannot score one of the requests.
  private struct Refusing: LogLikelihoodModel {
    let index: Int

    func logLikelihoods(
      of requests: [TextRequest], progress: WorkProgress.Handler?
    ) throws -> [LogLikelihood] {
      throw RequestError(index: index, "the continuation is empty")
    }
  }

  @Test func `a request that cannot be scored is named by task, item and choice`() throws {
    let library = try TaskLibrary(folders: [Fixtures.path("tasks")])
    let evaluation = try Evaluation(
      library.selection(named: ["know_people", "reading"]), options: EvaluationOptions(limit: 3))
    // Three items of four choices come first, then one whole item of the second task.
    let error = #expect(throws: InputError.self) {
      try evaluation.run(with: Refusing(index: 12 + 4 + 2))
    }
    #expect(error?.description == "task 'reading': item 1: choice 2: the continuation is empty")
  }

  @Test func `requests that lost their start are counted`() throws {
    struct Shortening: LogLikelihoodModel {
      func logLikelihoods(
        of requests: [TextRequest], progress: WorkProgress.Handler?
      ) throws -> [LogLikelihood] {
        requests.indices.map {
          LogLikelihood(
            value: -1, isGreedy: false, tokenCount: 1, droppedTokenCount: $0 % 3 == 0 ? 5 : 0)
        }
      }
    }
    let library = try TaskLibrary(folders: [Fixtures.path("tasks")])
    let evaluation = try Evaluation(
      library.selection(named: ["reading"]), options: EvaluationOptions(limit: 3))
    #expect(try evaluation.run(with: Shortening()).shortenedRequestCount == 4)
  }

  @Test func `data that is packed is unpacked`() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let yaml = """
      task: packed
      dataset_path: json
      dataset_kwargs: {data_files: {test: rows.jsonl.gz}}
      output_type: multiple_choice
      test_split: test
      doc_to_text: "{{q}}"
      doc_to_choice: ["a", "b"]
      doc_to_target: 0
      metric_list: [{metric: acc}]
      """
    try Data(yaml.utf8).write(to: folder.appending(path: "packed.yaml"))
    // printf '{"q": "one"}\n{"q": "two"}\n' | gzip -n | base64
    let rows = try #require(
      Data(base64Encoded: "H4sIAAAAAAAAA6tWKlSyUlDKz0tVquWqhnBKyvOBHAAvHoQmGgAAAA=="))
    try rows.write(to: folder.appending(path: "rows.jsonl.gz"))
    let library = try TaskLibrary(folders: [folder.path(percentEncoded: false)])
    let evaluation = try Evaluation(library.selection(named: ["packed"]))
    #expect(evaluation.requests.map { $0.textRequest?.context } == ["one", "one", "two", "two"])
  }
}
