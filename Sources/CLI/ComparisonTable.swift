import Core
import OrderedCollections
import Probe

/// Comparisons of checkpoints, as tables.
struct ComparisonTable {
  private let comparisons: [TaskComparison]
  private let others: [String]

  init(_ comparisons: [TaskComparison]) {
    self.comparisons = comparisons
    others = OrderedSet(comparisons.map(\.other)).elements
  }

  /// One table for each checkpoint: what a person reads, shares in percent and differences of them in
  /// points.
  var overviews: [TextTable] {
    others.map { other in
      let own = comparisons.filter { $0.other == other }
      return TextTable(
        title: own.first.map { "\($0.other) against \($0.base)" }, columns: Self.columns,
        rows: own.map(Self.cells))
    }
  }

  private static let columns: [TextTable.Column] = [
    .words("task", key: "task"), .words("metric", key: "metric"), .numbers("n", key: "n"),
    .numbers("base", key: "base_value"), .numbers("other", key: "other_value"),
    .numbers("difference", key: "difference"), .words("", key: "mark"),
    .numbers("95 % interval", key: "interval"), .numbers("lost", key: "b"),
    .numbers("gained", key: "c"), .numbers("p", key: "p_value"),
    .numbers("p adjusted", key: "p_adjusted"),
    .numbers("could show", key: "detectable_difference"),
    .numbers("agree (%)", key: "agreement"), .numbers("KL", key: "kl_forward"),
  ]

  private static func cells(_ row: TaskComparison) -> [TextTable.Cell] {
    let isShare = MetricText.isShare(row.metric)
    func text(_ value: Double?) -> String {
      isShare
        ? NumberText.percent(value, decimals: 2) : NumberText.significant(value, digits: 4)
    }
    let interval = (row.pValueKind == .clusterPermutation ? row.clusteredInterval : row.interval)
      .map { "\(text($0.lowerBound)) to \(text($0.upperBound))" }
    let filter = row.filter == "none" ? "" : ", \(row.filter)"
    return [
      .init(row.isGroup ? "\(row.alias) (group)" : row.alias), .init(row.metric + filter),
      .count(row.count), .init(text(row.baseValue)), .init(text(row.otherValue)),
      .init((row.difference > 0 ? "+" : "") + text(row.difference)), .init(mark(of: row)),
      .init(interval ?? NumberText.missing), .count(row.lostCount), .count(row.gainedCount),
      .significant(row.pValue, digits: 2), .significant(row.adjustedPValue, digits: 2),
      .init(text(row.detectableDifference)), .percent(row.agreement),
      .significant(row.forwardDivergence, digits: 3),
    ]
  }

  /// What stands behind a value that is significantly different.
  static func mark(of comparison: TaskComparison) -> String {
    comparison.isSignificant ? (comparison.isWorse ? "▼" : "▲") : ""
  }

  /// What the marks mean, for the comparisons that there are.
  var legendOfMarks: String {
    let sizes = Set(comparisons.compactMap(\.familySize)).sorted().map(String.init)
    let level = NumberText.significant(TaskComparison.level, digits: 1)
    return "▼ ▲ worse, better than \(comparisons.first?.base ?? ""): p adjusted < \(level) "
      + "(Holm, of \(sizes.joined(separator: " or ")) comparisons)\n"
  }

  /// What the marks and columns mean, for the comparisons that there are.
  var legend: String {
    var text = legendOfMarks
    let kinds = Set(comparisons.compactMap(\.pValueKind))
    let names = [
      kinds.contains(.mcNemar) ? "McNemar's exact test of items that only one has right" : nil,
      kinds.contains(.clusterPermutation)
        ? "permutation test that swaps passages which items share" : nil,
      kinds.contains(.permutation) ? "permutation test that swaps items" : nil,
    ]
    text += "p: \(names.compactMap(\.self).joined(separator: "; "))\n"
    text += "could show: the smallest difference that these items show in 80 % of cases\n"
    return text
  }

  /// One row for each comparison, unrounded: what a program reads.
  var rows: TextTable {
    let keys = comparisons.first?.json.object.map { Array($0.keys) } ?? []
    let flat = keys.flatMap { Self.isInterval($0) ? ["\($0)_low", "\($0)_high"] : [$0] }
    return TextTable(
      columns: flat.map { .words($0, key: $0) },
      rows: comparisons.map { comparison in
        (comparison.json.object ?? [:]).flatMap { key, value in
          guard Self.isInterval(key) else { return [Self.cell(value)] }
          return [value[0], value[1]].map { Self.cell($0 ?? .null) }
        }
      })
  }

  private static func isInterval(_ key: String) -> Bool {
    ["interval", "cluster_interval"].contains(key)
  }

  private static func cell(_ value: JSONValue) -> TextTable.Cell {
    switch value {
    case .null: ""
    case .string(let text): .init(text)
    default: .init(value.serialized())
    }
  }
}
