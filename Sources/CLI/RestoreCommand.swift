import ArgumentParser
import Core
import Formats

/// `lethe restore`: a tuned model with parts of its base put back, as a checkpoint.
struct RestoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Put weights of a base back into a tuned model, and write the outcome",
    discussion: """
      Writes a folder that transformers loads: safetensors in the dtype of the tuned model, with its \
      configuration and tokenizer, and \(BlendWriter.recordName), which says what was put back. \
      Without --layers and --components all weights are taken back by the share --alpha.

      Example: lethe restore base tuned --layers 2-3 --output-path restored
      Example: lethe restore base tuned --alpha 0.5 --output-path half-way
      """)

  @Argument(help: "The checkpoint that weights are taken from")
  var base: String

  @Argument(help: "The checkpoint that they are put into")
  var tuned: String

  @OptionGroup var part: PartOptions

  @Option(
    help: ArgumentHelp(
      "The share of the base in what is put back: 1 for its own weights", valueName: "share"))
  var alpha = 1.0

  @Option(help: ArgumentHelp("Write the checkpoint to this folder", valueName: "folder"))
  var outputPath: String

  @OptionGroup var models: CheckpointOptions

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard (0...1).contains(alpha) else {
      throw ValidationError("'--alpha \(alpha)' must be from 0 to 1")
    }
    guard !outputPath.isEmpty else { throw ValidationError("'--output-path' names no folder") }
  }

  func run() throws {
    let terminal = common.terminal
    // Only the second is a difference, and one to the first.
    var ofBase = models
    ofBase.areDifferences = false
    var ofTuned = models
    if models.areDifferences { ofTuned.adapterBase = base }
    let pair = try BlendPair(
      base: ofBase.open(base, terminal), tuned: ofTuned.open(tuned, terminal))
    let writer = try BlendWriter(pair, part: try part.part(of: pair), alpha: alpha)
    for note in writer.notes { terminal.warn(note) }
    let record = try terminal.withProgress { progress in
      try writer.write(
        toFolder: outputPath, version: Lethe.version, workGroup: common.workGroup,
        progress: progress)
    }
    try terminal.write(text(of: record))
  }

  private func text(of record: BlendWriter.Record) -> String {
    let table = TextTable(
      title: "\(outputPath): \(record.files.joined(separator: ", "))",
      columns: [.words("values from", key: "origin"), .numbers("tensors", key: "tensor_count")],
      rows: record.counts.map { [.init($0.rawValue), .count($1)] })
    return switch common.format {
    case .json: record.document.serialized(.pretty) + "\n"
    case .table: table.aligned()
    case .csv: table.csv()
    case .markdown: table.markdown()
    }
  }
}
