import Core
import Mustache

extension StudyResult {
  /// The report as one page that needs nothing else: no network, and no script to be read.
  ///
  /// The same result gives the same bytes.
  ///
  /// - Throws: An error if the page's own template cannot be read.
  public func htmlReport() throws -> String { try htmlReport(ReportContents(self)) }

  func htmlReport(_ contents: ReportContents) throws -> String {
    let templates = [
      "problems": ReportTemplate.problems, "findings": ReportTemplate.findings,
      "finding": ReportTemplate.finding, "contents": ReportTemplate.contents,
      "section": ReportTemplate.section, "folds": ReportTemplate.folds,
      "part": ReportTemplate.part, "block": ReportTemplate.block,
      "figure": ReportTemplate.figure, "table": ReportTemplate.table,
    ]
    let library = MustacheLibrary(
      templates: try templates.mapValues { try MustacheTemplate(string: $0) })
    return try MustacheTemplate(string: ReportTemplate.page)
      .render(page(contents), library: library)
  }

  private func page(_ contents: ReportContents) -> [String: Any] {
    let findings = ReportFindings(self)
    return [
      "name": plan.name,
      "meta": meta,
      "style": ReportStyle.css,
      "script": ReportScript.text,
      "lead": leadParagraphs,
      "problems": problems.isEmpty ? [] : [["items": problems.map(\.description)]],
      "findings": findings.shown.map(\.content),
      "moreFindings": findings.rest.map { rest -> [String: Any] in
        ["title": rest.title, "findings": rest.findings.map(\.content)]
      },
      "contents": contents.all.map { ["id": $0.id, "title": $0.title] },
      "sections": contents.sections.map(\.content),
      "folds": contents.folds.enumerated().map { index, section -> [String: Any] in
        section.content.merging(["isOpen": index == 0]) { own, _ in own }
      },
      "ending": contents.ending.map(\.content),
    ]
  }

  private var meta: String {
    let stages = series.reduce(0) { $0 + $1.drift.count }
    let items = series.first?.scores.first?.tasks.reduce(0) { $0 + $1.itemCount } ?? 0
    let tasks = series.first?.scores.first?.tasks.count ?? 0
    return "\(series.count) series, "
      + "\(stages) stage\(stages == 1 ? "" : "s"), \(tasks) task\(tasks == 1 ? "" : "s") with "
      + "\(NumberText.grouped(items)) items at each checkpoint. Made \(provenance.createdAt) by "
      + "Lethe \(provenance.version)."
  }
}
