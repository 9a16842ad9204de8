import ArgumentParser
import Core
import Formats
import Inference

/// `lethe generate`: how models go on with a text.
struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Go on with a text, always by the likeliest token",
    discussion: """
      Several checkpoints go on with the same text, side by side. An encoder-decoder reads the text \
      and answers it. With --file, every line of the file is a text of its own; '-' reads standard \
      input.

      Example: lethe generate base/ tuned/ --prompt 'The capital of France is' --max-tokens 20
      """)

  @Argument(help: "The checkpoints")
  var checkpoints: [String]

  @Option(help: ArgumentHelp("The text to go on with", valueName: "text"))
  var prompt: String?

  @Option(help: ArgumentHelp("Read texts from a file, line by line", valueName: "file"))
  var file: String?

  @Option(help: ArgumentHelp("Make this many tokens at most", valueName: "count"))
  var maxTokens = 64

  @OptionGroup var models: CheckpointOptions

  @OptionGroup var engine: EngineOptions

  @OptionGroup var common: CommonOptions

  /// What one model made of one text.
  private struct Answer {
    var checkpoint: String
    var prompt: String
    var text: String
    var generation: Generation
  }

  func validate() throws {
    try models.requireBaseOfDifferences()
    guard (prompt == nil) != (file == nil) else {
      throw ValidationError("give either '--prompt <text>' or '--file <file>'")
    }
    if maxTokens < 1 { throw ValidationError("'--max-tokens \(maxTokens)' must be at least 1") }
  }

  func run() throws {
    let prompts = try prompt.map { [$0] } ?? InputFile.lines(file ?? "-").map(\.text)
    let sources = try checkpoints.map { argument in
      let source = try models.open(argument, common.terminal)
      try LanguageModel.check(source)
      return source
    }
    common.warnOfOtherTokenizers(sources)
    let answers = try common.terminal.withProgress { progress in
      try sources.flatMap { try self.answers(of: $0, to: prompts, progress) }
    }
    try common.terminal.write(text(of: answers, prompts))
  }

  private func answers(
    of source: ModelSource, to prompts: [String], _ progress: WorkProgress.Handler?
  ) throws -> [Answer] {
    let model = try common.languageModel(source, engine.scoring)
    return try prompts.enumerated().map { index, prompt in
      let generation: Generation
      do {
        generation = try model.generate(
          from: model.tokenizer.encode(prompt), maximumCount: maxTokens)
      } catch let error as RequestError {
        throw InputError(path: source.path, place: "text \(index + 1)", error.message)
      }
      progress?(
        WorkProgress(
          phase: "generating \(source.path)", completed: index + 1, total: prompts.count,
          unit: "texts"))
      // Embeddings may have more rows than there are tokens; a row without one has no text.
      let named = generation.tokens.filter { model.tokenizer.token($0) != nil }
      return Answer(
        checkpoint: source.path, prompt: prompt, text: try model.tokenizer.decode(named),
        generation: generation)
    }
  }

  // MARK: - Output

  private func text(of answers: [Answer], _ prompts: [String]) -> String {
    switch common.format {
    case .json: JSONValue.array(answers.map(Self.document)).serialized(.pretty) + "\n"
    case .csv: table(answers, hasPrompt: true).csv()
    case .markdown: table(answers, hasPrompt: prompts.count > 1).markdown()
    case .table where answers.count == 1: answers[0].text + "\n"
    case .table: table(answers, hasPrompt: prompts.count > 1).aligned()
    }
  }

  /// The answers to one text after the other, the checkpoints under each other.
  private func table(_ answers: [Answer], hasPrompt: Bool) -> TextTable {
    let names = shortNames(ofPaths: checkpoints)
    let promptCount = answers.count / checkpoints.count
    let order = (0..<promptCount).flatMap { prompt in
      checkpoints.indices.map { (checkpoint: $0, answer: answers[$0 * promptCount + prompt]) }
    }
    return TextTable(
      columns: (hasPrompt ? [.words("prompt", key: "prompt")] : []) + [
        .words("checkpoint", key: "checkpoint"), .numbers("tokens", key: "token_count"),
        .words("end", key: "end"), .words("text", key: "text"),
      ],
      rows: order.map { place, answer in
        (hasPrompt ? [TextTable.Cell(answer.prompt)] : []) + [
          TextTable.Cell(names[place], raw: answer.checkpoint),
          .count(answer.generation.tokens.count),
          TextTable.Cell(answer.generation.end.words, raw: answer.generation.end.key),
          TextTable.Cell(answer.text),
        ]
      })
  }

  private static func document(_ answer: Answer) -> JSONValue {
    [
      "checkpoint": .string(answer.checkpoint),
      "prompt": .string(answer.prompt),
      "text": .string(answer.text),
      "ids": .array(answer.generation.tokens.map(JSONValue.integer)),
      "end": .string(answer.generation.end.key),
    ]
  }
}

extension Generation.End {
  /// What documents call it.
  fileprivate var key: String {
    switch self {
    case .endToken: "end_token"
    case .count: "max_tokens"
    case .context: "context"
    }
  }

  /// What a person reads.
  fileprivate var words: String {
    switch self {
    case .endToken: "ended"
    case .count: "cut"
    case .context: "context full"
    }
  }
}
