public import Core
public import Formats
import Foundation
public import Inference
import OrderedCollections

/// The answers of a run whose time was up, so that a later run goes on from there.
///
/// A file of JSON lines in the folder of results, one line for each answered request. Its name is made of
/// what an answer depends on beside its request, weights, tokenizer and numerics, so that a checkpoint
/// never gets the answers of another.
public struct AnswerJournal: Sendable {
  private let folder: OutputFolder
  private let name: String

  private static let prefix = "unfinished_"

  /// Names the journal of a model; reads every weight once for its hash.
  ///
  /// - Parameters:
  ///   - folder: The folder of results.
  ///   - source: The weights.
  ///   - model: The model.
  ///   - workGroup: The threads that hash.
  /// - Throws: `CheckpointError` for a tensor that cannot be decoded.
  public init(
    _ folder: OutputFolder, _ source: some TensorSource, _ model: LanguageModel,
    workGroup: WorkGroup
  ) throws {
    self.folder = folder
    let weights = try source.contentHash(workGroup: workGroup)
    let parts = [
      "\(weights)", "\(model.tokenizer.contentHash)", model.numerics, "\(model.contextLength)",
    ]
    let hash = ItemHashes.hash(parts.joined(separator: "\n"))
    name = "\(Self.prefix)\(hash.prefix(16)).jsonl"
  }

  /// Whether a folder holds answers of a run whose time was up.
  public static func exists(in folder: OutputFolder) -> Bool {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.contains { $0.hasPrefix(prefix) }
  }

  /// The answers that were found for requests; `nil` for the others.
  ///
  /// - Throws: `InputError` for a line that is not one of the journal's.
  func answers(to requests: [TextRequest]) throws -> [LogLikelihood?] {
    let path = "\(folder.path)/\(name)"
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      return requests.map { _ in nil }
    }
    var known: [String: LogLikelihood] = [:]
    for (number, line) in text.split(separator: "\n").enumerated() {
      guard let document = try? JSONValue(parsing: String(line)),
        let request = document["request"]?.string, let answer = Self.answer(document)
      else {
        throw InputError(
          path: path, place: "row \(number + 1)",
          "is no answer of an unfinished run; remove the file to begin anew")
      }
      known[request] = answer
    }
    return requests.map { known[Self.hash($0)] }
  }

  /// Keeps what was answered, or forgets all where nothing is left open.
  ///
  /// - Throws: `InputError` if the file cannot be written.
  func keep(_ answers: [LogLikelihood?], to requests: [TextRequest]) throws {
    guard answers.contains(nil) else {
      try? FileManager.default.removeItem(atPath: "\(folder.path)/\(name)")
      return
    }
    let lines = zip(requests, answers).compactMap { request, answer in
      answer.map { Self.document($0, Self.hash(request)).serialized() + "\n" }
    }
    try folder.write(lines.joined(), to: name)
  }

  private static func hash(_ request: TextRequest) -> String {
    ItemHashes.hash("\(request.context.utf8.count) \(request.context)\(request.continuation)")
  }

  private static func document(_ answer: LogLikelihood, _ request: String) -> JSONValue {
    .object([
      "request": .string(request), "loglikelihood": .number(answer.value),
      "is_greedy": .bool(answer.isGreedy), "token_count": .integer(answer.tokenCount),
      "dropped_token_count": .integer(answer.droppedTokenCount),
    ])
  }

  private static func answer(_ document: JSONValue) -> LogLikelihood? {
    guard let value = document["loglikelihood"]?.double,
      let isGreedy = document["is_greedy"]?.bool, let tokenCount = document["token_count"]?.int,
      let droppedCount = document["dropped_token_count"]?.int
    else { return nil }
    return LogLikelihood(
      value: value, isGreedy: isGreedy, tokenCount: tokenCount, droppedTokenCount: droppedCount)
  }
}
