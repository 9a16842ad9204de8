public import ArgumentParser
import Core
public import Inference

/// The options of commands that run models.
struct EngineOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "In which format products take their inputs; auto is bf16 for models stored in 16 bits or "
        + "fewer where the processor multiplies it, else f32"))
  var numerics: Numerics = .auto

  @Option(
    help: ArgumentHelp(
      "Use at most this much memory, such as 512MB or 3GiB (default: half of the machine's)",
      valueName: "size"),
    transform: { text in
      guard let count = QuantityText.byteCount(text), count > 0 else {
        throw ValidationError("'\(text)' is not a size such as 512MB, 3GB or 2GiB")
      }
      return count
    })
  var memory: Int?

  /// How a model computes by these options.
  var scoring: ScoringOptions {
    ScoringOptions(numerics: numerics, memoryByteCount: memory)
  }
}

extension Numerics: ExpressibleByArgument {}
