import Core
import Diff
import Formats

/// What a person reads about a series: the stages, where they moved the model, and its parts.
struct DriftTables {
  let trajectory: Trajectory
  /// What the table of parts has rows for; `nil` leaves it out.
  let level: Granularity?
  let top: Int?

  /// The tables for a terminal.
  func text(usesColor: Bool) -> String {
    let maps = heatMaps.map { $0.text(usesColor: usesColor) }
    return ([summary + "\n", stages.aligned()] + maps + [parts?.aligned()].compactMap(\.self))
      .joined(separator: "\n")
  }

  /// The tables in Markdown.
  func markdown() -> String {
    let maps = heatMaps.map { $0.table.markdown() }
    return ([summary + "\n", stages.markdown()] + maps + [parts?.markdown()].compactMap(\.self))
      .joined(separator: "\n")
  }

  private var summary: String {
    let total = trajectory.track(of: .model).steps
    let parts = trajectory.tracksFromInputToOutput().leading(1) { $0.steps.last?.fromBase }
    guard let last = total.last, let moved = last.fromBase, !moved.isIdentical else {
      return
        (mismatches.isEmpty
        ? "the last stage is identical to the base"
        : "what the last stage shares with the base is identical") + mismatches
    }
    let furthest = parts.first.map { track in
      ", furthest \(track.unit.label) "
        + "(\(NumberText.significant(track.steps.last?.fromBase?.relativeL2)))"
    }
    return "after \(trajectory.stages.count) stages the model is "
      + "\(NumberText.significant(moved.relativeL2)) from its base (relative L2)"
      + (furthest ?? "") + mismatches
  }

  /// A line for each stage that does not have the tensors of the base.
  private var mismatches: String {
    trajectory.stages.compactMap { stage in
      stage.fromBase.mismatches.map { "\n\(stage.name) against the base: \($0)" }
    }.joined()
  }

  private var stages: TextTable {
    let steps = trajectory.track(of: .model).steps
    return TextTable(
      columns: [.numbers("stage", key: "stage"), .words("name", key: "name")] + Self.stepColumns
        + [.numbers("same as base %", key: "from_base_identical_fraction")],
      rows: zip(trajectory.stages, steps).map { stage, step in
        [.count(stage.index), TextTable.Cell(stage.name)] + Self.cells(of: step)
          + [.percent(step.fromBase?.identicalFraction, decimals: 2)]
      })
  }

  private static let stepColumns: [TextTable.Column] = [
    .numbers("rel. L2 from base", key: "from_base_relative_l2"),
    .numbers("from previous", key: "from_previous_relative_l2"),
    .numbers("turn", key: "turn_cosine"),
    .numbers("conflict %", key: "sign_conflict_fraction"),
    .numbers("density %", key: "density"),
    .numbers("path length", key: "path_length"),
    .numbers("displacement", key: "displacement"),
  ]

  private static func cells(of step: Trajectory.Step) -> [TextTable.Cell] {
    [
      .significant(step.fromBase?.relativeL2), .significant(step.fromPrevious?.relativeL2),
      .fixed(step.turnCosine, decimals: 3),
      .percent(step.signConflictFraction, decimals: 1), .percent(step.density, decimals: 1),
      .significant(step.pathLength), .significant(step.displacement),
    ]
  }

  private var heatMaps: [HeatMap] {
    let tracks = trajectory.tracksFromInputToOutput()
    func map(_ title: String, _ value: (Trajectory.Step) -> Double?) -> HeatMap {
      HeatMap(
        title: title, rowTitle: "part", columns: trajectory.stages.map { "stage \($0.index)" },
        rows: tracks.map { ($0.unit.label, $0.steps.map(value)) })
    }
    return [
      map("relative L2 from the base") { $0.fromBase?.relativeL2 },
      map("relative L2 from the stage before") { $0.fromPrevious?.relativeL2 },
    ]
  }

  private var parts: TextTable? {
    guard let level else { return nil }
    let tracks = trajectory.tracks(by: level).leading(top) { $0.steps.last?.fromBase }
    return TextTable(
      columns: [.words("part", key: "part"), .numbers("stage", key: "stage")] + Self.stepColumns,
      rows: tracks.flatMap { track in
        zip(trajectory.stages, track.steps).map { stage, step in
          [TextTable.Cell(track.unit.label), .count(stage.index)] + Self.cells(of: step)
        }
      })
  }
}
