import Core
import Statistics

extension SeriesContrast {
  /// Compares series on every axis; `nil` where fewer than two of them were measured.
  ///
  /// - Parameters:
  ///   - plan: What is asked.
  ///   - results: All series, in the order of the draws.
  ///   - draws: What the scores would be for other items; the same items for all series.
  init?(_ plan: StudyPlan.Contrast, _ results: [SeriesResult], _ draws: ItemDraws) {
    let members = plan.series.compactMap { name in
      results.firstIndex { $0.name == name }
    }
    guard let reference = members.first, members.count > 1 else { return nil }
    name = plan.name
    series = members.map { results[$0].name }
    rows = results[reference].axes.flatMap { axis in
      members.dropFirst().map { Self.row(axis, reference, $0, results, draws) }
    }
    findings = []
    findings = results[reference].axes.map { finding($0, members.map { results[$0] }) }
  }

  private static func row(
    _ axis: SeriesResult.Axis, _ reference: Int, _ other: Int, _ results: [SeriesResult],
    _ draws: ItemDraws
  ) -> Row {
    let drawn = [reference, other].map { series in
      ForgettingDraws(
        results[series].forgetting.tasks.filter { $0.axis == axis.name }, series: series, draws)
    }
    let values = [reference, other].map { series in
      results[series].forgetting.axes.first { $0.axis == axis.name }
    }
    func difference(
      _ value: (Forgetting) -> Double?, _ measure: (ForgettingMeasures) -> Double?
    ) -> Estimate? {
      guard let first = values[0].flatMap(value), let second = values[1].flatMap(value) else {
        return nil
      }
      let interval = drawn[0]?.values(measure).flatMap { first in
        drawn[1]?.values(measure).map { second in zip(first, second).map { $1 - $0 } }
      }.flatMap(PairedBootstrap.interval)
      return Estimate(second - first, interval: interval)
    }
    return Row(
      axis: axis.name, reference: results[reference].name, series: results[other].name,
      fgDifference: difference(\.fgPercent, \.fgPercent),
      finalDropDifference: difference(\.finalDropPercent, \.finalDropPercent),
      chanceCorrectedDifference: difference(
        \.chanceCorrectedFGPercent, \.chanceCorrectedFGPercent))
  }

  /// One sentence on one axis.
  private func finding(_ axis: SeriesResult.Axis, _ members: [SeriesResult]) -> Finding {
    let parts = members.map { member in
      let fg = member.forgetting.axes.first { $0.axis == axis.name }?.fgPercent
      return "\(member.name) \(NumberText.fixed(fg, decimals: 1)) %"
    }
    let own = rows.filter { $0.axis == axis.name }
    let clear = own.filter { $0.fgDifference?.isClear == true }
    let verdicts = clear.map { row in
      let value = row.fgDifference?.value ?? 0
      return "\(row.series) \(value > 0 ? "more" : "less") than \(row.reference) by "
        + "\(NumberText.fixed(abs(value), decimals: 1)) points"
        + Self.interval(row.fgDifference)
    }
    let verdict =
      verdicts.isEmpty
      ? "no difference from \(series[0]) is beyond what other items could show"
      : verdicts.joined(separator: ", ")
    return Finding(
      "\(name), \(axis.name): FG was \(parts.joined(separator: ", ")); \(verdict).",
      clear.isEmpty ? .uncertain : .clear)
  }

  private static func interval(_ estimate: Estimate?) -> String {
    guard let value = estimate?.value, let interval = estimate?.interval else { return "" }
    let ends =
      value > 0
      ? [interval.lowerBound, interval.upperBound]
      : [-interval.upperBound, -interval.lowerBound]
    return " (\(NumberText.fixed(ends[0], decimals: 1)) to "
      + "\(NumberText.fixed(ends[1], decimals: 1)))"
  }

  /// What no contrast of single training runs can show.
  static let scope = Finding(
    "Series are compared on the same items, and intervals are over items: with one training run "
      + "each, another seed could move every difference, and so few sizes give no law. The intervals "
      + "are not corrected for their number.", .notClaimed)
}
