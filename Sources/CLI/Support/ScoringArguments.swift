import ArgumentParser
import Core
import Inference

/// The options of commands that score requests.
struct ScoringArguments: ParsableArguments {
  @OptionGroup var engine: EngineOptions

  @Flag(
    name: .customLong("no-prefix-sharing"),
    help: "Compute what requests have in common for each of them; the results are the same")
  var repeatsPrefixes = false

  /// How a model computes by these options.
  var options: ScoringOptions {
    var options = engine.scoring
    options.sharesPrefixes = !repeatsPrefixes
    return options
  }
}

extension WorkProgress {
  /// The same with what is worked on, as in `scoring base`.
  func of(_ name: String) -> WorkProgress {
    var named = self
    named.phase = "\(phase) \(name)"
    return named
  }
}

extension Terminal {
  /// Says what scoring will take, with `--verbose`; warns if that is more memory than it may take.
  func tell(_ plan: ScoringPlan, path: String, limit: Int?) {
    let (memory, work) = (plan.memory, plan.work)
    let total = NumberText.bytes(memory.totalByteCount)
    if let limit, memory.totalByteCount > limit {
      warn("\(path): takes \(total) of memory, more than the \(NumberText.bytes(limit)) allowed")
    }
    detail(
      "\(path): plan: \(NumberText.grouped(work.computedPositionCount)) positions to compute, "
        + "\(NumberText.grouped(memory.batchRowCount)) at a time, in \(total) of memory: "
        + "\(NumberText.bytes(memory.keptWeightByteCount)) for weights that stay, "
        + "\(NumberText.bytes(memory.passingWeightByteCount)) for weights that pass through, "
        + "\(NumberText.bytes(memory.positionByteCount)) for keys and values, "
        + "\(NumberText.bytes(memory.rowByteCount + memory.scratchByteCount)) for rows")
  }

  /// Says what scoring took, with `--verbose`.
  func tell(_ work: ScoringWork, path: String) {
    let saving = Double(work.naivePositionCount) / Double(max(work.computedPositionCount, 1))
    let times = saving >= 1.05 ? " (\(NumberText.significant(saving, digits: 2)) times fewer)" : ""
    detail(
      "\(path): \(NumberText.grouped(work.computedPositionCount)) of "
        + "\(NumberText.grouped(work.naivePositionCount)) positions computed\(times), "
        + "\(NumberText.grouped(work.scoredPositionCount)) scored")
  }
}
