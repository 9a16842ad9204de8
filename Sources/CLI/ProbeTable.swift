import Core
import OrderedCollections
import Probe

/// Accuracy of checkpoints on tasks, as tables.
struct ProbeTable {
  private let reports: [HarnessReport]
  /// The comparisons of the others with the first; none of one checkpoint.
  private let comparisons: [TaskComparison]

  init(_ reports: [HarnessReport], _ comparisons: [TaskComparison]) {
    self.reports = reports
    self.comparisons = comparisons
  }

  /// What stands below the overview: what its marks mean, and what samples can say.
  var legend: String {
    (comparisons.isEmpty ? "" : ComparisonTable(comparisons).legendOfMarks)
      + reports.flatMap { report in
        report.sampleSummaries.map { line($0, report.model.name) + "\n" }
      }.joined()
  }

  /// What one sample says.
  private func line(_ summary: SampleSummary, _ checkpoint: String) -> String {
    func text(_ value: Double) -> String {
      MetricText.isShare(summary.metric)
        ? NumberText.percent(value) : NumberText.significant(value, digits: 4)
    }
    let unit = MetricText.isShare(summary.metric) ? " %" : ""
    let owner = reports.count > 1 ? "\(shortName(of: checkpoint)): " : ""
    let power =
      summary.detectableDifference.map {
        "; shows differences of \(NumberText.percent($0)) points with 80 % probability if "
          + "\(NumberText.percent(SampleSummary.assumedDiscordance, decimals: 0)) % of the answers differ"
      } ?? ""
    return "\(owner)sample of \(NumberText.grouped(summary.itemCount)) of "
      + "\(NumberText.grouped(summary.populationCount)) items of \(summary.name): "
      + "\(summary.metric) \(text(summary.value))\(unit), 95 % interval "
      + "\(text(summary.interval.lowerBound)) to \(text(summary.interval.upperBound))\(unit)\(power)"
  }

  private func shortName(of checkpoint: String) -> String {
    let names = reports.map(\.model.name)
    return shortNames(ofPaths: names)[names.firstIndex(of: checkpoint) ?? 0]
  }

  /// What stands behind a value: a mark where it differs significantly from the first checkpoint's.
  private func mark(_ score: Score?, of place: Int) -> String {
    guard !comparisons.isEmpty else { return "" }
    let comparison = comparisons.first { comparison in
      comparison.isMain && comparison.task == score?.name && comparison.isGroup == score?.isGroup
        && place == Self.place(of: comparison, reports)
    }
    let mark = comparison.map(ComparisonTable.mark) ?? ""
    // Numbers stay below each other.
    return mark.isEmpty ? "  " : " \(mark)"
  }

  /// The place of the checkpoint that a comparison is of.
  private static func place(of comparison: TaskComparison, _ reports: [HarnessReport]) -> Int? {
    reports.firstIndex { $0.model.name == comparison.other }
  }

  /// Task by checkpoint: what a person reads, shares in percent.
  var overview: TextTable {
    let scores = reports.map { Self.scores($0.result) }
    let hasNormalized = scores.joined().contains { $0.normalized != nil } && reports.count == 1
    // A run that ends early may lack tasks of another.
    let all = OrderedDictionary(scores.joined().map { ($0.key, $0) }) { first, _ in first }
    let units = Set(all.values.compactMap { $0.main?.isShare })
    let unit = units == [true] ? " (%)" : ""
    let hasMetrics = Set(all.values.compactMap { $0.main?.name }).count > 1
    var columns: [TextTable.Column] = [.words("task", key: "task")]
    if hasMetrics { columns.append(.words("metric", key: "metric")) }
    columns += [
      .numbers("items", key: "item_count"), .numbers("shots", key: "shots"),
      .numbers("chance (%)", key: "chance"),
    ]
    columns += reports.map {
      .numbers("\(title(of: $0, hasMetrics))\(unit)", key: $0.model.name)
    }
    if hasNormalized { columns.append(.numbers("acc_norm (%)", key: "acc_norm")) }
    let rows = all.values.map { first -> [TextTable.Cell] in
      let own = scores.map { $0.first { $0.key == first.key } }
      var cells: [TextTable.Cell] = [.init(first.title)]
      if hasMetrics { cells.append(.init(first.main.map(Self.name) ?? "")) }
      cells += [Self.itemCounts(own), .count(first.shotCount), .percent(first.chance)]
      cells += own.enumerated().map { place, score in
        let cell = Self.cell(score?.main)
        return cell.text.isEmpty ? cell : .init(cell.text + mark(score, of: place), raw: cell.raw)
      }
      if hasNormalized { cells.append(Self.cell(first.normalized)) }
      return cells
    }
    return TextTable(columns: columns, rows: rows)
  }

  /// A metric's name, with its filter where it is not the only one.
  private static func name(of metric: MetricResult) -> String {
    metric.filter == "none" ? metric.name : "\(metric.name), \(metric.filter)"
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
        .words("metric", key: "metric"), .words("filter", key: "filter"),
        .numbers("value", key: "value"),
        .numbers("standard error", key: "standard_error"), .numbers("items", key: "item_count"),
        .numbers("shots", key: "shots"), .numbers("chance", key: "chance"),
      ],
      rows: reports.flatMap { report in
        Self.scores(report.result).flatMap { score in
          score.metrics.map { metric in
            [
              .init(report.model.name), .init(score.name), .init(metric.name),
              .init(metric.filter),
              .significant(metric.value), .significant(metric.standardError),
              .count(metric.itemCount), .count(score.shotCount), .significant(score.chance),
            ]
          }
        }
      })
  }

  /// With one checkpoint the metric's name, unless the rows say it; with several their names.
  private func title(of report: HarnessReport, _ hasMetrics: Bool) -> String {
    guard reports.count > 1 else {
      let main = Self.scores(report.result).first?.main?.name
      return hasMetrics ? "value" : main ?? Metric.accuracy.rawValue
    }
    return shortName(of: report.model.name)
  }

  private static func cell(_ metric: MetricResult?) -> TextTable.Cell {
    guard let metric else { return "" }
    func text(_ value: Double) -> String {
      metric.isShare ? NumberText.percent(value) : NumberText.significant(value, digits: 4)
    }
    let error = metric.standardError.map { " ± \(text($0))" } ?? ""
    return .init(text(metric.value) + error)
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
    var isGroup = false

    /// What tells it from the others of a run; a group may have the name of a task.
    var key: String { "\(name)\n\(title)" }

    /// The metric that is shown first.
    var main: MetricResult? { metrics.main }

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
          itemCount: count, isGroup: true)
      }
    }
    return tasks + groups
  }
}

extension MetricResult {
  fileprivate var isShare: Bool { MetricText.isShare(name) }
}
