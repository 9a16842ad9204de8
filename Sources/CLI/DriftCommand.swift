import ArgumentParser
import Core
import Diff
import Formats

/// `lethe drift`: the drift along a series of checkpoints.
struct DriftCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drift",
    abstract: "Follow how far the weights moved along a series of checkpoints",
    discussion: """
      The first checkpoint is the base; every further one is a stage. Each stage is measured \
      against the base and against the stage before. The turn is the cosine between a stage's \
      update and the one before it: 1 for the same way, 0 for a new one, -1 for the way back. A \
      folder of stages such as checkpoint-500, checkpoint-1000 stands for them, by their numbers.

      Example: lethe drift base/ stage-1/ stage-2/ stage-3/
      """)

  @Argument(help: "The base and the checkpoint of every stage, in their order")
  var checkpoints: [String]

  @Option(
    help: "Also show a table with one row for each of these and each stage (CSV: layer if absent)")
  var by: DriftLevel?

  @OptionGroup var selection: DriftSelection

  @OptionGroup var extras: MeasureOptions

  @OptionGroup var fail: FailOptions

  @OptionGroup var models: CheckpointOptions

  @OptionGroup var common: CommonOptions

  func validate() throws {
    try models.requireBaseOfDifferences()
    try fail.requireMetrics(of: extras.measures, stageKeys: Trajectory.stageKeys)
    if StageFolder.expanding(checkpoints).count < 2 {
      throw ValidationError("a series needs a base and at least one stage")
    }
  }

  func run() throws {
    let terminal = common.terminal
    let trajectory = try terminal.withProgress { progress in
      try Trajectory(
        checkpoints: StageFolder.expanding(checkpoints).map { try models.open($0, terminal) },
        where: selection.isIncluded, measures: extras.measures,
        workGroup: common.workGroup, progress: progress)
    }
    try terminal.write(text(of: trajectory, usesColor: terminal.usesColor))
    try fail.check(trajectory.document(), isIdentical: trajectory.isIdentical)
  }

  private func text(of trajectory: Trajectory, usesColor: Bool) -> String {
    let document = { trajectory.document(top: selection.top) }
    let table = DriftTables(trajectory: trajectory, level: by?.granularity, top: selection.top)
    return switch common.format {
    case .json: document().serialized(.pretty) + "\n"
    case .csv: TextTable(of: document()[(by ?? .layer).key]).csv()
    case .table: table.text(usesColor: usesColor)
    case .markdown: table.markdown()
    }
  }
}
