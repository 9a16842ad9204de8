import ArgumentParser
import Core
import Formats
import Inference
import OrderedCollections

/// `lethe bench`: how fast a model runs on this machine.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure how fast a checkpoint runs on this machine",
    discussion: """
      Reads 512 tokens at once and 32 one by one; no tokenizer is needed. Operations are two for each \
      weight that a token is multiplied with, and those of attention. With --kernels, measures the \
      kernels instead, with the shapes of the model's weights and in every format.
      Example: lethe bench ./llama-7b --numerics bf16
      """)

  @Argument(help: "The checkpoint")
  var checkpoint: String

  @Flag(help: "Measure products, packing, attention and softmax one by one")
  var kernels = false

  @OptionGroup var models: CheckpointOptions

  @OptionGroup var engine: EngineOptions

  @OptionGroup var common: CommonOptions

  func validate() throws { try models.requireBaseOfDifferences() }

  func run() throws {
    let benchmark = try ModelBenchmark(
      models.open(checkpoint, common.terminal), options: engine.scoring,
      workGroup: common.workGroup)
    let rendering = BenchRendering(benchmark)
    let text = try common.terminal.withProgress { progress in
      kernels
        ? rendering.text(benchmark.kernelSpeeds(progress: progress), common.format)
        : rendering.text(try benchmark.speed(progress: progress), common.format)
    }
    try common.terminal.write(text)
  }
}
