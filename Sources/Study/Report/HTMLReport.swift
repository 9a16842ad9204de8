import Core
import Mustache
import Statistics

extension StudyResult {
  /// The report as one page that needs nothing else: no network and no script.
  ///
  /// The same result gives the same bytes.
  ///
  /// - Throws: An error if the page's own template cannot be read.
  public func htmlReport() throws -> String {
    let library = MustacheLibrary(templates: [
      "figure": try MustacheTemplate(string: ReportTemplate.figure),
      "table": try MustacheTemplate(string: ReportTemplate.table),
      "fold": try MustacheTemplate(string: ReportTemplate.fold),
    ])
    return try MustacheTemplate(string: ReportTemplate.page).render(page, library: library)
  }

  private var page: [String: Any] {
    [
      "name": plan.name,
      "meta": meta,
      "style": ReportStyle.css,
      "lead": lead,
      "findings": findings.map { finding in
        [
          "text": finding.text, "certainty": finding.certainty.title,
          "style": finding.certainty.rawValue,
        ]
      },
      "series": series.enumerated().map { $1.page(id: "series-\($0)", isOnly: series.count == 1) },
      "terms": Self.terms.map(Self.pair),
      "facts": facts.map(Self.pair),
      "checkpoints": PageTable.content(checkpointTable),
    ]
  }

  private static func pair(_ pair: (term: String, meaning: String)) -> [String: Any] {
    ["term": pair.term, "meaning": pair.meaning]
  }

  private var meta: String {
    let stages = series.reduce(0) { $0 + $1.drift.count }
    let items = series.first?.scores.first?.tasks.reduce(0) { $0 + $1.itemCount } ?? 0
    let tasks = series.first?.scores.first?.tasks.count ?? 0
    return "\(series.count == 1 ? "1 series" : "\(series.count) series"), "
      + "\(stages) stage\(stages == 1 ? "" : "s"), \(tasks) tasks with "
      + "\(NumberText.grouped(items)) items at each checkpoint. Made \(provenance.createdAt) by "
      + "Lethe \(provenance.version)."
  }
}

extension SeriesResult {
  fileprivate func page(id: String, isOnly: Bool) -> [String: Any] {
    [
      "id": id,
      "title": isOnly ? "The series" : name,
      "scores": [accuracyChart(id: id), learningChart(id: id)].compactMap(\.self)
        .map(PageFigure.content),
      "forgetting": PageTable.content(axisTable),
      "notes": forgetting.notes,
      "more": [
        PageTable.fold("Forgetting of every task", forgetting.table),
        PageTable.fold("Drop after every stage", forgetting.stageTable),
        PageTable.fold("New tasks in numbers", learningTable),
      ],
      "drift": driftCharts(id: id).map(PageFigure.content),
      "driftNotes": driftNotes,
      "stageKey": stageNames.enumerated().map { "\($0 + 1) \($1)" }.joined(separator: ", "),
      "scatter": scatterCharts(id: id).map(PageFigure.content),
      "association": PageTable.content(modelTable),
      "associationNote": associationNote,
      "associationMore": partTables.map { PageTable.fold($0.summary, $0.table) },
    ]
  }

  /// The associations of the whole model, without the columns that name the part.
  private var modelTable: TextTable {
    var table = Association.table(of: associations.ofModel)
    table.title = "The whole model's drift against forgetting, over the stages"
    let kept = table.columns.indices.filter { !["level", "name"].contains(table.columns[$0].key) }
    table.columns = kept.map { table.columns[$0] }
    table.rows = table.rows.map { row in kept.map { row[$0] } }
    return table
  }

  private var associationNote: String {
    "p is the share of orders of the stages with a coefficient at least as far from 0: "
      + "\(orders). "
      + "“(Holm)” is corrected for all \(associations.testCount) p-values of this series. The unit "
      + "is the stage, never the layer: all layers of a stage share one forgetting. “Both” means "
      + "that drift and drop both follow the number of the stage."
  }

  private var orders: String {
    let tests = associations.associations.compactMap(\.spearman)
    guard let drawn = tests.first(where: { $0.seed != nil }), let seed = drawn.seed else {
      return "exact, over all orders"
    }
    return "over \(NumberText.grouped(drawn.orderCount)) drawn orders, seed \(seed)"
  }

  /// Associations of layers and components, by relative L2; the other measures are in the CSV.
  private var partTables: [(summary: String, table: TextTable)] {
    [DriftPlace.Level.layer, .component].map { level in
      let all = associations.associations.filter {
        $0.place.level == level && $0.measure == .relativeL2
      }
      let shown = Array(all.prefix(Self.longestTable))
      let count = shown.count < all.count ? "first \(shown.count) of \(all.count)" : "\(all.count)"
      return (
        "By \(level.rawValue), relative L2 (\(count); all measures in association.csv)",
        Association.table(of: shown)
      )
    }
  }

  /// Rows that a table on the page may have; more would make it heavy.
  private static let longestTable = 400
}

/// A table as the page's template takes it.
enum PageTable {
  static func content(_ table: TextTable) -> [String: Any] {
    let styles = table.columns.map { $0.alignment == .trailing ? "num" : "" }
    return [
      "title": table.title ?? "",
      "label": table.title ?? "table",
      "columns": table.columns.enumerated().map { ["title": $1.title, "style": styles[$0]] },
      "rows": table.rows.map { row -> [String: Any] in
        [
          "isTotal": row.contains { $0.text == ForgettingReport.wholeAxis },
          "cells": row.enumerated().map { ["text": $1.text, "style": styles[$0]] },
        ]
      },
    ]
  }

  static func fold(_ summary: String, _ table: TextTable) -> [String: Any] {
    ["summary": summary, "table": content(table)]
  }
}

/// A chart as the page's template takes it.
enum PageFigure {
  static func content(_ chart: Chart) -> [String: Any] {
    [
      "title": chart.title,
      "caption": chart.caption,
      "svg": chart.svg,
      "hasKeys": chart.keys.isEmpty ? false : true,
      "keys": chart.keys.map { ["name": $0.name, "swatch": $0.swatch] },
      "data": PageTable.fold("The numbers of this chart", chart.table),
    ]
  }
}
