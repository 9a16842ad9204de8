import Core
import OrderedCollections
import Probe

/// Accuracy of checkpoints on tasks, as tables.
struct ProbeTable {
  private let reports: [HarnessReport]

  init(_ reports: [HarnessReport]) { self.reports = reports }

  /// Task by checkpoint, in percent: what a person reads.
  var overview: TextTable {
    let scores = reports.map { Self.scores($0.result) }
    let hasNormalized = scores.joined().contains { $0.normalized != nil } && reports.count == 1
    // A run that ends early may lack tasks of another.
    let all = OrderedDictionary(scores.joined().map { ($0.key, $0) }) { first, _ in first }
    var columns: [TextTable.Column] = [
      .words("task", key: "task"), .numbers("items", key: "item_count"),
      .numbers("shots", key: "shots"), .numbers("chance (%)", key: "chance"),
    ]
    columns += reports.map { .numbers("\(title(of: $0)) (%)", key: $0.model.name) }
    if hasNormalized { columns.append(.numbers("acc_norm (%)", key: "acc_norm")) }
    let rows = all.values.map { first -> [TextTable.Cell] in
      let own = scores.map { $0.first { $0.key == first.key } }
      var cells: [TextTable.Cell] = [
        .init(first.title), Self.itemCounts(own), .count(first.shotCount),
        .percent(first.chance),
      ]
      cells += own.map { Self.cell($0?.accuracy) }
      if hasNormalized { cells.append(Self.cell(first.normalized)) }
      return cells
    }
    return TextTable(columns: columns, rows: rows)
  }

  /// How many items a task has: one number where all checkpoints have the same.
  private static func itemCounts(_ scores: [Score?]) -> TextTable.Cell {
    let counts = scores.map { $0?.itemCount ?? 0 }
    return Set(counts).count == 1
      ? .count(counts[0]) : .init(counts.map(NumberText.grouped).joined(separator: " / "))
  }

  /// One row for each checkpoint, task and metric, unrounded: what a program reads.
  var rows: TextTable {
    TextTable(
      columns: [
        .words("checkpoint", key: "checkpoint"), .words("task", key: "task"),
        .words("metric", key: "metric"), .numbers("value", key: "value"),
        .numbers("standard error", key: "standard_error"), .numbers("items", key: "item_count"),
        .numbers("shots", key: "shots"), .numbers("chance", key: "chance"),
      ],
      rows: reports.flatMap { report in
        Self.scores(report.result).flatMap { score in
          score.metrics.map { metric in
            [
              .init(report.model.name), .init(score.name), .init(metric.name),
              .significant(metric.value), .significant(metric.standardError),
              .count(metric.itemCount), .count(score.shotCount), .significant(score.chance),
            ]
          }
        }
      })
  }

  /// With one checkpoint the metric's name, with several theirs.
  private func title(of report: HarnessReport) -> String {
    guard reports.count > 1 else { return Metric.accuracy.rawValue }
    let names = reports.map(\.model.name)
    let place = names.firstIndex(of: report.model.name) ?? 0
    return shortNames(ofPaths: names)[place]
  }

  private static func cell(_ metric: MetricResult?) -> TextTable.Cell {
    guard let metric else { return "" }
    let error = metric.standardError.map { " ± \(NumberText.percent($0))" } ?? ""
    return .init(NumberText.percent(metric.value) + error)
  }

  // MARK: Rows

  /// A task's or a group's scores.
  private struct Score {
    var name: String
    var title: String
    var metrics: [MetricResult]
    var itemCount: Int
    var shotCount: Int?
    var chance: Double?

    /// What tells it from the others of a run; a group may have the name of a task.
    var key: String { "\(name)\n\(title)" }

    var accuracy: MetricResult? { metrics.first { $0.name == Metric.accuracy.rawValue } }

    var normalized: MetricResult? {
      metrics.first { $0.name == Metric.accuracyPerCharacter.rawValue }
    }
  }

  /// Tasks, then the groups that have a score.
  private static func scores(_ result: EvaluationResult) -> [Score] {
    let tasks = result.tasks.map { task in
      Score(
        name: task.name, title: task.alias, metrics: task.metrics, itemCount: task.items.count,
        shotCount: task.shotCount, chance: task.chance)
    }
    let groups = result.groups.compactMap { group in
      group.itemCount.map { count in
        Score(
          name: group.name, title: "\(group.alias) (group)", metrics: group.metrics,
          itemCount: count)
      }
    }
    return tasks + groups
  }
}
