import Core
import Statistics

extension StudyResult {
  /// The first paragraph in plain words, each statement with how sure it is.
  ///
  /// Of several series: what all lost most and least, how much they learned, how they differ, whether
  /// drift tells, what brings it back; the series one by one are below.
  public var lead: String { leadParagraphs.joined(separator: " ") }

  /// ``lead``, taken apart: what was lost and learned, how series differ, what goes with it and what
  /// brings it back.
  var leadParagraphs: [String] {
    guard series.count > 1 else {
      return series.map(\.lead)
        + ([leadLeague] + series.flatMap { $0.restorations.map(\.lead) })
        .compactMap(\.self)
    }
    return [
      [leadLoss] + biasSentences + [leadLearning], contrastSentences,
      [leadLeague, leadRestoration],
    ].map { $0.compactMap(\.self).joined(separator: " ") }.filter { !$0.isEmpty }
  }

  /// FG of one axis, series by series, the least first.
  private func ranking(_ axis: String) -> [(series: String, fg: Estimate)] {
    series.compactMap { series in
      guard let forgetting = series.forgetting(of: axis), let fg = forgetting.fgPercent else {
        return nil
      }
      return (series.name, Estimate(fg, interval: forgetting.intervals?.fgPercent))
    }.sorted { $0.fg.value < $1.fg.value }
  }

  private var leadLoss: String? {
    let axes = plan.axes.filter { $0.kind == .ability }
      .map { (name: $0.name, ranking: ranking($0.name)) }
      .filter { !$0.ranking.isEmpty }
      .sorted {
        mean($0.ranking.map(\.fg.value)) ?? 0 > mean($1.ranking.map(\.fg.value)) ?? 0
      }
    guard let most = axes.first else { return nil }
    let first =
      "\(series.count) series of up to \(series.map(\.drift.count).max() ?? 0) fine-tuning stages "
      + "lost most on \(most.name): \(Self.span(most.ranking)) (FG, the mean loss over the stages"
      + "\(Self.certainty(most.ranking)))"
    guard let least = axes.last, axes.count > 1 else { return first + "." }
    return first + "; least on \(least.name): \(Self.span(least.ranking))"
      + "\(Self.certainty(least.ranking, prefix: " (", suffix: ")"))."
  }

  private static func span(_ ranking: [(series: String, fg: Estimate)]) -> String {
    guard let low = ranking.first, let high = ranking.last else { return "" }
    return "between \(NumberText.fixed(low.fg.value, decimals: 0)) % (\(low.series)) and "
      + "\(NumberText.fixed(high.fg.value, decimals: 0)) % (\(high.series))"
  }

  /// In how many series the loss is clear; nothing where intervals are not known.
  private static func certainty(
    _ ranking: [(series: String, fg: Estimate)], prefix: String = "; ", suffix: String = ""
  ) -> String {
    guard ranking.allSatisfy({ $0.fg.interval != nil }) else { return "" }
    let clear = ranking.count { $0.fg.isClear && $0.fg.value > 0 }
    return "\(prefix)a clear loss in \(clear) of \(ranking.count)\(suffix)"
  }

  private var biasSentences: [String] {
    plan.axes.filter { $0.kind == .bias }.compactMap { axis in
      let all = series.compactMap { $0.forgetting(of: axis.name) }
      guard !all.isEmpty else { return nil }
      let less = all.count { $0.final < $0.initial }
      let clear = all.count { ($0.intervals?.finalDropPercent?.lowerBound ?? -1) > 0 }
      let certainty = all.allSatisfy { $0.intervals != nil } ? ", clearly in \(clear)" : ""
      return "On \(axis.name), the stereotype was preferred less often at the end than at the base "
        + "in \(less) of \(all.count) series\(certainty)."
    }
  }

  private var leadLearning: String? {
    let gains = series.compactMap { series in
      mean(series.learning.compactMap(\.gainPoints)).map { (series: series.name, points: $0) }
    }.sorted { $0.points < $1.points }
    guard let low = gains.first, let high = gains.last else { return nil }
    return "Meanwhile its own stage raised each new task by "
      + "\(NumberText.fixed(low.points, decimals: 0)) (\(low.series)) to "
      + "\(NumberText.fixed(high.points, decimals: 0)) points (\(high.series)) on average."
  }

  /// What each comparison of series found, over the axes of ability; the numbers are below.
  private var contrastSentences: [String] {
    let abilities = Set(plan.axes.filter { $0.kind == .ability }.map(\.name))
    return contrasts.map { contrast in
      let words = contrast.series.dropFirst().map { series in
        let rows = contrast.rows.filter { $0.series == series && abilities.contains($0.axis) }
        return "\(series) \(Self.verdict(rows))"
      }
      let name = contrast.name.prefix(1).uppercased() + contrast.name.dropFirst()
      return "\(name), compared with \(contrast.series.first ?? ""): "
        + "\(words.joined(separator: "; "))."
    }
  }

  /// On how many axes a series clearly forgot more, or less.
  private static func verdict(_ rows: [SeriesContrast.Row]) -> String {
    let clear = rows.compactMap(\.fgDifference).filter(\.isClear).map(\.value)
    let parts = [("more", clear.count { $0 > 0 }), ("less", clear.count { $0 < 0 })]
      .filter { $0.1 > 0 }.map { "clearly \($0.0) on \($0.1)" }
    return parts.isEmpty
      ? "shows no clear difference"
      : "forgot \(parts.joined(separator: " and ")) of \(rows.count) "
        + (rows.count == 1 ? "axis of ability" : "axes of ability")
  }

  /// In how many series one layer brings back a clear share, and where most.
  private var leadRestoration: String? {
    let best = series.compactMap { series in
      series.restorations.first?.best(.layer).map { (series: series.name, trial: $0) }
    }
    guard !best.isEmpty else { return nil }
    let clear = best.filter { best in
      let interval = best.trial.returnedAmongAll ?? best.trial.returned?.interval
      return interval.map { $0.lowerBound > 0 } ?? false
    }.sorted { ($0.trial.returned?.value ?? 0) > ($1.trial.returned?.value ?? 0) }
    let opening =
      "Put back alone, a single layer of the base brings back a clear share of what was lost in "
      + "\(clear.count) of \(best.count) series"
    guard let most = clear.first else { return opening + "." }
    let cost = most.trial.skillLost.map {
      " at the price of \(NumberText.percent($0.value, decimals: 0)) % of the new skill"
    }
    return opening + ", most in \(most.series): \(most.trial.name) returns "
      + "\(NumberText.percent(most.trial.returned?.value, decimals: 0)) %\(cost ?? "")."
  }

  private var leadLeague: String? { league.seriesCount > 0 ? league.lead : nil }
}
