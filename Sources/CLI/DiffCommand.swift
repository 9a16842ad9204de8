import ArgumentParser
import Core
import Diff
import Formats

/// `lethe diff`: the drift between two checkpoints.
struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Measure how far the weights moved between two checkpoints",
    discussion: """
      The two may differ in format, dtype, sharding and tensor names. Deltas are other minus base, \
      of the decoded values; relative L2 is the norm of the delta over the norm of the base.

      Example: lethe diff base/ tuned/model.gguf --by layer
      """)

  @Argument(help: "The checkpoint that differences are measured from")
  var base: String

  @Argument(help: "The checkpoint that is compared with it")
  var other: String

  @Option(help: "What gets one row in tables and CSV; JSON holds all levels")
  var by: DriftLevel = .tensor

  @OptionGroup var selection: DriftSelection

  @OptionGroup var extras: MeasureOptions

  @OptionGroup var fail: FailOptions

  @OptionGroup var models: CheckpointOptions

  @OptionGroup var common: CommonOptions

  func validate() throws { try fail.requireMetrics(of: extras.measures) }

  func run() throws {
    let terminal = common.terminal
    // Only the second is a difference, and one to the first.
    var ofBase = models
    ofBase.areDifferences = false
    var ofOther = models
    if models.areDifferences { ofOther.adapterBase = base }
    let openedBase = try ofBase.open(base, terminal)
    let openedOther = try ofOther.open(other, terminal)
    let comparison = try terminal.withProgress { progress in
      try CheckpointComparison(
        base: openedBase, other: openedOther,
        where: selection.isIncluded, measures: extras.measures, workGroup: common.workGroup,
        progress: progress)
    }
    try terminal.write(text(of: comparison))
    try fail.check(comparison.document(), isIdentical: comparison.isIdentical)
  }

  private func text(of comparison: CheckpointComparison) -> String {
    // A person who reads layers also wants the embedding and the head.
    let units =
      by == .layer
      ? comparison.unitsFromInputToOutput : comparison.units(by: by.granularity)
    let rows = units.map { DeltaRow($0, of: comparison) }
    let shown = rows.leading(selection.top, by: \.metrics)
    let table = DeltaRow.table(shown)
    let measures = MeasureTables(rows: shown).all
    switch common.format {
    case .json: return comparison.document(top: selection.top).serialized(.pretty) + "\n"
    case .csv where extras.perHead && by == .tensor:
      return SegmentTables(comparison, top: selection.top).allHeads.csv()
    case .csv: return TextTable(of: comparison.document(top: selection.top)[by.key]).csv()
    case .table:
      return comparison.summary + "\n\n" + table.aligned()
        + heatMap(of: comparison) { $0.text(usesColor: common.terminal.usesColor) }
        + measures.map { "\n" + $0.aligned() }.joined()
        + segments(of: comparison) { $0.aligned() } + DiffLists(comparison).text
    case .markdown:
      return comparison.summary + "\n\n" + table.markdown()
        + heatMap(of: comparison) { $0.table.markdown() }
        + measures.map { "\n" + $0.markdown() }.joined()
        + segments(of: comparison) { $0.markdown() } + DiffLists(comparison).text
    }
  }

  /// Tables of tokens, heads and experts, for those who look at tensors; heads always where they
  /// were asked for.
  private func segments(
    of comparison: CheckpointComparison, _ render: (TextTable) -> String
  ) -> String {
    let tables = SegmentTables(comparison, top: selection.top)
    return (by == .tensor ? tables.all : tables.ofHeads).map { "\n" + render($0) }.joined()
  }

  /// A map of all layers, for those who look at layers.
  private func heatMap(
    of comparison: CheckpointComparison, _ render: (HeatMap) -> String
  ) -> String {
    guard by == .layer, let map = HeatMap(layersOf: comparison) else { return "" }
    return "\n" + render(map)
  }
}
