import ArgumentParser
import Core
import Formats
import Inference
import OrderedCollections

/// `lethe score`: log-likelihoods of raw requests, JSON lines in and out.
struct ScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract: "Compute the log-likelihood of continuations given their contexts",
    discussion: """
      Reads JSON lines with 'context' and 'continuation', writes JSON lines with 'loglikelihood' \
      (natural logarithm, summed over the continuation's tokens), 'is_greedy' and 'token_count', \
      in the order of the input.
      Example: lethe score ./llama-7b --requests requests.jsonl
      """)

  @Argument(help: "The checkpoint")
  var checkpoint: String

  @Option(help: ArgumentHelp("A file of JSON lines; '-' is standard input", valueName: "file"))
  var requests: String

  @OptionGroup var models: CheckpointOptions

  @OptionGroup var scoring: ScoringArguments

  @OptionGroup var common: CommonOptions

  func validate() throws { try models.requireBaseOfDifferences() }

  func run() throws {
    let lines = try InputFile.lines(requests).filter { !$0.text.allSatisfy(\.isWhitespace) }
    let requests = try lines.map { try request($0) }
    let model = try common.languageModel(
      models.open(checkpoint, common.terminal), scoring.options)
    let results: [LogLikelihood]
    do {
      results = try score(requests, with: model)
    } catch let error as RequestError {
      let row = "row \(lines[error.index].number)"
      throw InputError(path: self.requests, place: row, error.message)
    }
    let shortened = results.count { $0.droppedTokenCount > 0 }
    if shortened > 0 {
      common.terminal.warn(
        "\(shortened) of \(results.count) requests are longer than the model's "
          + "\(model.contextLength) tokens and lost the start of their context")
    }
    try common.terminal.write(results.map { Self.document($0).serialized() + "\n" }.joined())
  }

  private func score(
    _ requests: [TextRequest], with model: LanguageModel
  ) throws -> [LogLikelihood] {
    let scored = try common.terminal.withProgress { handler in
      try model.score(requests) {
        handler?($0.of(checkpoint))
      } plan: { plan in
        common.terminal.tell(plan, path: checkpoint, limit: scoring.options.memoryByteCount)
      }
    }
    common.terminal.tell(scored.work, path: checkpoint)
    return scored.answers.compactMap(\.self)
  }

  private static func document(_ result: LogLikelihood) -> JSONValue {
    .object([
      "loglikelihood": .number(result.value), "is_greedy": .bool(result.isGreedy),
      "token_count": .integer(result.tokenCount),
    ])
  }

  private func request(_ line: InputFile.Line) throws -> TextRequest {
    let row = "row \(line.number)"
    let value: JSONValue
    do {
      value = try JSONValue(parsing: line.text)
    } catch {
      throw InputError(path: requests, place: row, "not JSON: \(error)")
    }
    func field(_ name: String) throws -> String {
      guard let text = value[name]?.string else {
        throw InputError(path: requests, place: row, "has no text '\(name)'")
      }
      return text
    }
    return TextRequest(context: try field("context"), continuation: try field("continuation"))
  }
}
