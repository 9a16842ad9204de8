import ArgumentParser
import Core
import Formats
import Foundation
import Inference
import OrderedCollections

/// `lethe tokenize`: token ids as the model's own tokenizer gives them.
struct TokenizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize",
    abstract: "Show the token ids of a text, as the model's own tokenizer gives them",
    discussion: """
      Example: lethe tokenize ./llama-7b 'Hello world'
      With --file, every line of the file is a text of its own; '-' reads standard input.
      """)

  /// The names that files of tokenizers end in; everything else is a checkpoint.
  private static let tokenizerExtensions = ["json", "model", "tiktoken"]

  @Argument(
    help: ArgumentHelp(
      "The checkpoint, or a tokenizer's file: tokenizer.json, tokenizer.model, vocab.json",
      valueName: "checkpoint"))
  var checkpoint: String

  @Argument(help: "The text")
  var text: String?

  @Option(help: ArgumentHelp("Read the text from a file, line by line", valueName: "file"))
  var file: String?

  @OptionGroup var models: CheckpointOptions

  @OptionGroup var common: CommonOptions

  func validate() throws {
    try models.requireBaseOfDifferences()
    guard (text == nil) != (file == nil) else {
      throw ValidationError("give either a text or '--file <file>'")
    }
  }

  func run() throws {
    let tokenizer = try tokenizer()
    for warning in tokenizer.warnings { common.terminal.warn(warning) }
    let texts = try text.map { [$0] } ?? InputFile.lines(file ?? "-").map(\.text)
    switch common.format {
    case .json: try writeJSON(texts, tokenizer)
    case .table: try common.terminal.write(table(texts, tokenizer).aligned())
    case .csv: try common.terminal.write(table(texts, tokenizer).csv())
    case .markdown: try common.terminal.write(table(texts, tokenizer).markdown())
    }
  }

  private func tokenizer() throws -> Tokenizer {
    let url = URL(filePath: checkpoint)
    return Self.tokenizerExtensions.contains(url.pathExtension)
      && !url.lastPathComponent.hasSuffix(".index.json")
      ? try Tokenizer(path: checkpoint)
      : try Tokenizer(models.open(checkpoint, common.terminal).checkpoint)
  }

  /// Writes text after text, so that a large file needs no more memory than its tokens.
  private func writeJSON(_ texts: [String], _ tokenizer: Tokenizer) throws {
    try common.terminal.write { write in
      for (index, text) in texts.enumerated() {
        let list = JSONValue.array([Self.document(text, tokenizer)])
        let document = Array(list.serialized(.pretty).utf8)
        // The list's own brackets and line ends are written around all texts together.
        try write(Array((index == 0 ? "[" : ",").utf8) + document[1..<document.count - 2])
      }
      try write(Array((texts.isEmpty ? "[]\n" : "\n]\n").utf8))
    }
  }

  private static func document(_ text: String, _ tokenizer: Tokenizer) -> JSONValue {
    let ids = tokenizer.encode(text)
    return .object([
      "text": .string(text), "ids": .array(ids.map(JSONValue.integer)),
      "tokens": .array(ids.map { tokenizer.token($0).map(JSONValue.string) ?? .null }),
    ])
  }

  private func table(_ texts: [String], _ tokenizer: Tokenizer) -> TextTable {
    TextTable(
      columns: [
        .numbers("text", key: "text_index"), .numbers("position", key: "position"),
        .numbers("id", key: "id"), .words("token", key: "token"),
      ],
      rows: texts.enumerated().flatMap { index, text in
        tokenizer.encode(text).enumerated().map { position, id in
          [
            "\(index)", "\(position)", "\(id)",
            TextTable.Cell(tokenizer.token(id) ?? NumberText.missing),
          ]
        }
      })
  }
}
