import Core
import Study

/// What a study will do, for a reader who may still change their mind.
struct StudyOverview {
  private let plan: StudyPlan
  private let tasks: [String]
  private let estimate: StudyEstimate?

  init(_ plan: StudyPlan, axes tasks: [String], estimate: StudyEstimate?) {
    self.plan = plan
    self.tasks = tasks
    self.estimate = estimate
  }

  /// How much there is to do, in a few lines.
  var summary: String {
    let checkpoints =
      estimate?.checkpointCount ?? plan.series.reduce(0) { $0 + $1.checkpoints.count }
    var lines = [
      "\(plan.name): \(plan.series.count) series, \(checkpoints) checkpoints x \(tasks.count) tasks"
        + (estimate.map { " with \(NumberText.grouped($0.itemCount)) items" } ?? "")
        + " = \(NumberText.grouped(checkpoints * tasks.count)) units"
    ]
    if let estimate {
      lines.append(
        "at most \(NumberText.grouped(estimate.positionCount)) token positions, about "
          + "\(NumberText.duration(seconds: estimate.seconds)), "
          + "\(NumberText.bytes(estimate.memoryByteCount)) of memory; what the ledger knows, and what "
          + "checkpoints have in common, is not computed again")
    }
    if let restoration = plan.restoration {
      let kinds = restoration.kinds.map(\.rawValue).joined(separator: ", ")
      lines.append(
        "then base weights are put back into \(restoration.stage.map { "'\($0)'" } ?? "the last stage")"
          + " of each series: \(kinds)"
          + (restoration.target.map {
            ", and the fewest layers that bring back \(NumberText.percent($0)) %"
          } ?? ""))
    }
    return lines.joined(separator: "\n")
  }

  /// The summary behind all checkpoints and axes.
  var text: String {
    let series = plan.series.map { series in
      "\(series.name)\n" + series.checkpoints.map { "  \($0.name): \($0.path)\n" }.joined()
    }.joined()
    let axes = plan.axes.map { "  \($0.name): \($0.tasks.joined(separator: ", "))\n" }.joined()
    let newTasks =
      plan.newTasks.isEmpty ? "" : "new tasks: \(plan.newTasks.joined(separator: ", "))\n"
    return "\(series)axes\n\(axes)\(newTasks)\(summary)\n"
  }
}
