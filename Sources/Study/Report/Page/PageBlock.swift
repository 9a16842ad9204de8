import Core

/// A piece of a section of the page.
enum PageBlock {
  /// A word and what it means, or a question and its answer.
  struct Term {
    let term: String
    let meaning: String

    init(_ term: String, _ meaning: String) {
      self.term = term
      self.meaning = meaning
    }
  }

  /// A paragraph.
  case text(String)
  /// Smaller paragraphs: what limits the numbers.
  case notes([String])
  /// Charts side by side where there is room.
  case charts([Chart])
  /// A table; `headings` name columns that belong together.
  case table(TextTable, headings: [PageTable.Heading] = [])
  /// Findings with how sure they are.
  case findings([Finding])
  /// A list of words and their meanings.
  case terms([Term])
  /// Tables that open on demand.
  case folded(String, [TextTable])

  /// As the page's template takes it.
  var content: [String: Any] {
    switch self {
    case .text(let text): ["text": text]
    case .notes(let notes): ["notes": notes]
    case .charts(let charts): ["figures": ["items": charts.map(Self.figure)]]
    case .table(let table, let headings):
      ["table": PageTable.content(table, headings: headings)]
    case .findings(let findings):
      ["list": ["findings": findings.map(\.content)]]
    case .terms(let terms):
      ["terms": ["items": terms.map { ["term": $0.term, "meaning": $0.meaning] }]]
    case .folded(let summary, let tables):
      ["fold": ["summary": summary, "tables": tables.map { PageTable.content($0) }]]
    }
  }

  private static func figure(_ chart: Chart) -> [String: Any] {
    [
      "title": chart.title,
      "caption": chart.caption,
      "svg": chart.svg,
      "hasKeys": chart.keys.isEmpty ? false : true,
      "keys": chart.keys.map { ["name": $0.name, "swatch": $0.swatch] },
      "table": PageTable.content(chart.table),
      "dataPath": chart.dataPath,
    ]
  }

  /// Whether there is nothing in it.
  var isEmpty: Bool {
    switch self {
    case .text(let text): text.isEmpty
    case .notes(let notes): notes.isEmpty
    case .charts(let charts): charts.isEmpty
    case .table(let table, _): table.rows.isEmpty
    case .findings(let findings): findings.isEmpty
    case .terms(let terms): terms.isEmpty
    case .folded(_, let tables): tables.allSatisfy(\.rows.isEmpty)
    }
  }

  /// The charts of the block.
  var charts: [Chart] {
    guard case .charts(let charts) = self else { return [] }
    return charts
  }
}

/// A part of the page with a heading of its own.
struct PageSection {
  /// A part of a section.
  struct Part {
    /// Its heading; empty for what stands directly below the section's.
    let title: String
    let blocks: [PageBlock]
  }

  /// The section's place, for links.
  let id: String
  let title: String
  let parts: [Part]

  init(id: String, title: String, parts: [Part]) {
    self.id = id
    self.title = title
    self.parts = parts.map { part in
      Part(title: part.title, blocks: part.blocks.filter { !$0.isEmpty })
    }.filter { !$0.blocks.isEmpty }
  }

  /// As the page's template takes it.
  var content: [String: Any] {
    [
      "id": id,
      "title": title,
      "parts": parts.map { part in
        [
          "title": part.title.isEmpty ? [] : [part.title], "blocks": part.blocks.map(\.content),
        ]
      },
    ]
  }

  /// All charts, in their order.
  var charts: [Chart] { parts.flatMap { $0.blocks.flatMap(\.charts) } }
}

/// A table as the page's template takes it.
enum PageTable {
  /// A heading over several columns.
  struct Heading {
    let title: String
    /// How many columns it spans.
    let width: Int
  }

  static func content(_ table: TextTable, headings: [Heading] = []) -> [String: Any] {
    let styles = table.columns.map { $0.alignment == .trailing ? ["n"] : [] }
    return [
      "title": [table.title].compactMap(\.self),
      "label": table.title ?? "table",
      "hasHeadings": headings.isEmpty ? false : true,
      "headings": headings.map { ["title": $0.title, "width": "\($0.width)"] },
      "columns": table.columns.enumerated().map { ["title": $1.title, "style": styles[$0]] },
      "rows": table.rows.map { row -> [String: Any] in
        [
          "isTotal": row.contains { $0.text == ForgettingReport.wholeAxis },
          "cells": row.enumerated().map { ["text": $1.text, "style": styles[$0]] },
        ]
      },
    ]
  }
}

extension Finding {
  /// As the page's template takes it.
  var content: [String: Any] {
    ["text": text, "certainty": certainty.title, "style": certainty.rawValue]
  }
}
