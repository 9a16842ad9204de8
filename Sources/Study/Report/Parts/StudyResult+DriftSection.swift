import Core
import OrderedCollections

extension StudyResult {
  /// Whether drift tells what is forgotten: the stages of all series.
  var driftSection: PageSection {
    PageSection(
      id: "drift", title: "Drift against forgetting",
      parts: [
        .init(
          title: "",
          blocks: [
            .text(
              (series.count == 1
                ? "Each point is one stage, in the order of its number: \(stageKey). "
                : "Each point is one stage of one series. ")
                + "For each axis, first the distance from the base against the drop from the base, "
                + "where a line joins the stages of a series, then the distance that one stage went "
                + "against what that stage alone took."),
            .charts(scatterCharts),
          ]),
        .init(title: "What goes with forgetting: the league", blocks: associationBlocks),
      ])
  }

  private var stageKey: String {
    (series.first?.stageNames ?? []).enumerated().map { "\($0 + 1) \($1)" }.joined(separator: ", ")
  }

  /// For each axis one chart from the base and one stage by stage.
  private var scatterCharts: [Chart] {
    plan.axes.enumerated().flatMap { index, axis in
      DriftReference.allCases.map { reference in
        ScatterChart(
          id: "drift-\(index + 1)-\(reference.fileName)",
          title: reference == .base ? axis.name : "\(axis.name), stage by stage",
          caption: scatterCaption(axis.name, reference),
          xTitle: "relative L2 \(reference.title), %",
          yTitle: reference == .base ? "drop from the base, %" : "drop in this stage, % of base",
          groups: series.map { .init(name: $0.name, points: $0.points(axis.name, reference)) },
          isJoined: reference == .base
        ).chart()
      }
    }
  }

  private func scatterCaption(_ axis: String, _ reference: DriftReference) -> String {
    let stages = series.reduce(0) { $0 + $1.points(axis, reference).count }
    let opening = "n = \(stages) stages" + (series.count > 1 ? " of \(series.count) series" : "")
    let scope = series.count == 1 ? League.Scope.series(series[0].name) : .pooled
    guard
      let entry = league.entry(
        scope, axis: axis, .weights(.model, .relativeL2, reference)),
      entry.allowsClaim, let spearman = entry.spearman
    else { return opening + ": no coefficient is claimed." }
    return opening + ", Spearman \(NumberText.fixed(spearman.value, decimals: 2))"
      + (series.count > 1 ? " within series" : "") + ", p = \(probability(spearman.pValue)) "
      + "(\(probability(spearman.adjustedPValue)) after correction)."
  }

  // MARK: The league

  /// So many rows of the league are on the page; all are in the CSV file.
  private static let longestLeague = 20

  private var associationBlocks: [PageBlock] {
    guard let scope = league.widestScope else { return [] }
    var whole = league.readerTable(
      of: league.entries(of: scope).filter { $0.measure.level == DriftPlace.Level.model.rawValue })
    whole.title = "The whole model, by measure and axis"
    return [
      .table(league.readerTable(of: Array(leadingAssociations.prefix(Self.longestLeague)))),
      .text(leagueNote), .folded("The whole model, by measure and axis", [whole]),
    ] + (series.count > 1 ? [ownLeagues] : [])
  }

  /// The best part for every measure, level and reference against all abilities together, over all
  /// series where there are several: parts of a model move together, so that a plain list would say the
  /// same again and again.
  var leadingAssociations: [LeagueEntry] {
    guard let scope = league.widestScope else { return [] }
    let entries = league.entries(of: scope)
    let together = entries.filter { $0.axis == League.allAbilities }
    var seen: Set<[String]> = []
    return (together.isEmpty ? entries : together).filter { entry in
      seen.insert([entry.measure.key, entry.measure.level, entry.measure.reference.rawValue])
        .inserted
    }
  }

  private var leagueNote: String {
    "For every measure, for model, layers, components and answers, the part that goes best with the "
      + "forgetting of all abilities together, the smallest corrected p first; at most "
      + "\(Self.longestLeague). All \(NumberText.grouped(league.entries.count)) associations are in "
      + "association.csv. p is the share of rearrangements of the stages within their series with a "
      + "coefficient at least as far from 0 "
      + "(\(NumberText.grouped(league.permutationCount)) rearrangements"
      + (league.seed.map { ", drawn with seed \($0)" } ?? ", all there are")
      + "); “corrected” holds for all \(NumberText.grouped(league.testCount)) coefficients that were "
      + "looked at (max-T of Westfall and Young), so that the best may be picked. The unit is the "
      + "stage, never the layer: all layers of a stage share one forgetting. “Without stage number” is "
      + "the coefficient of what the number of the stage leaves of both."
  }

  /// The whole model's drift in each series by itself.
  private var ownLeagues: PageBlock {
    .folded(
      "Each series by itself, the whole model",
      series.map { series in
        var table = league.readerTable(
          of: league.entries(of: .series(series.name)).filter {
            $0.measure.level == DriftPlace.Level.model.rawValue && $0.measure.key == "relative_l2"
          })
        table.title = series.name
        return table
      }.filter { !$0.rows.isEmpty })
  }
}

extension SeriesResult {
  fileprivate func points(
    _ axis: String, _ reference: DriftReference
  ) -> [ScatterChart.Point] {
    guard let forgetting = forgetting(of: axis) else { return [] }
    return zip(drift, forgetting.stages).compactMap { drift, stage in
      let drop = reference == .base ? stage.dropPercent : stage.stepDropPercent
      guard let distance = drift.values(reference)[.model]?.relativeL2, let drop else {
        return nil
      }
      return ScatterChart.Point(
        stage: stage.stage, name: drift.stage, x: distance * 100, y: drop)
    }
  }
}
