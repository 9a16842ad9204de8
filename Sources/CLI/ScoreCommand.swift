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

  @OptionGroup var common: CommonOptions

  func run() throws {
    let requests = try Self.parse(InputFile.text(requests), path: requests)
    let model = try LanguageModel(Checkpoint(path: checkpoint), workGroup: common.workGroup)
    let results = try common.terminal.withProgress { progress in
      try model.logLikelihoods(of: requests, progress: progress)
    }
    try common.terminal.write(
      results.map { result in
        JSONValue.object([
          "loglikelihood": .number(result.value), "is_greedy": .bool(result.isGreedy),
          "token_count": .integer(result.tokenCount),
        ]).serialized() + "\n"
      }.joined())
  }

  private static func parse(_ text: String, path: String) throws -> [TextRequest] {
    try text.split(separator: "\n").enumerated().map { index, line in
      let row = "row \(index + 1)"
      let value: JSONValue
      do {
        value = try JSONValue(parsing: String(line))
      } catch {
        throw InputError(path: path, place: row, "not JSON: \(error)")
      }
      func field(_ name: String) throws -> String {
        guard let text = value[name]?.string else {
          throw InputError(path: path, place: row, "has no text '\(name)'")
        }
        return text
      }
      return TextRequest(context: try field("context"), continuation: try field("continuation"))
    }
  }
}
