import Core
import Foundation
import Testing

@testable import Study

/// A study of several series, with contrasts, restoration and problems, all made up.
enum ManySeriesStudy {
  private static let names = ["small", "large", "<b>odd</b>"]

  static func result() throws -> StudyResult {
    var plan = ExampleStudy.plan()
    plan.series = names.map { name in
      var series = plan.series[0]
      series.name = name
      return series
    }
    let made = try ExampleStudy.result(plan)
    var series = made.series
    series[0].restorations = [restoration]
    return StudyResult(
      plan: plan, series: series, league: made.league, contrasts: [contrast],
      problems: [
        StudyProblem(
          series: "small", checkpoint: "headline", task: "reading",
          message: "has no data file <here>")
      ], provenance: made.provenance)
  }

  private static let contrast = SeriesContrast(
    name: "size", series: ["small", "large"],
    rows: [
      .init(
        axis: "domain knowledge", reference: "small", series: "large",
        fgDifference: Estimate(7.5, interval: 2.5...12.5),
        finalDropDifference: Estimate(3, interval: -1...7), chanceCorrectedDifference: nil)
    ],
    findings: [Finding("large forgot 7.5 points more than small", .clear)])

  private static let restoration = Restoration(
    stage: 5, stageName: "headline", baseScores: [0.97, 0.88, 0.94, 0.81],
    tunedScores: [0.5, 0.73, 0.86, 0.66], baseNewScore: 0.25, tunedNewScore: 0.83,
    trials: (0..<4).map(layer) + [0.75, 0.25, 0.5].map(blend),
    search: .init(
      target: 0.8, layers: ["1", "2"], isReached: true,
      returned: Estimate(0.81, interval: 0.7...0.9), itemCounts: (choosing: 120, checking: 121)),
    notes: ["the head is not put back"])

  private static func layer(_ number: Int) -> Restoration.Trial {
    let share = 0.1 * Double(number + 1)
    return Restoration.Trial(
      kind: .layer, name: "layer \(number)", layers: ["\(number)"],
      axisScores: [0.6, 0.75, 0.87, 0.7], newScore: 0.7,
      returned: number == 3 ? nil : Estimate(share, interval: 0.05...share + 0.1),
      skillLost: Estimate(0.2, interval: -0.1...0.3))
  }

  private static func blend(_ alpha: Double) -> Restoration.Trial {
    Restoration.Trial(
      kind: .interpolation, name: "\(alpha)", alpha: alpha,
      axisScores: [0.5 + alpha / 3, 0.8, 0.9, 0.7], newScore: 0.8 - alpha / 2)
  }
}

/// The report of several series.
@Suite struct ManySeriesReportTests {
  private static func figure(_ id: String, in html: String) throws -> String {
    try #require(
      html.components(separatedBy: "<figure>").first { $0.contains("id=\"\(id)-title\"") }?
        .components(separatedBy: "</figure>")[0])
  }

  @Test func seriesStandSideBySideAndThenOneByOne() throws {
    let html = try ManySeriesStudy.result().htmlReport()
    let folds = html.components(separatedBy: "<details class=\"series\"")
    #expect(folds.count == 4)
    #expect(folds[1].hasPrefix(" open>"))
    #expect(folds[2].hasPrefix(">"))
    for id in ["1-small", "2-large", "3--b-odd--b-"] {
      #expect(html.contains("<a href=\"#\(id)\">"), "\(id)")
      #expect(html.contains("<h2 id=\"\(id)\">"), "\(id)")
    }
    #expect(!html.contains("<b>"))
    // Every series is named at the end of its line.
    let lines = try Self.figure("accuracy-1", in: html)
    for name in ["small", "large", "&lt;b&gt;odd&lt;/b&gt;"] {
      #expect(lines.contains("class=\"end\"") && lines.contains(">\(name)</text>"), "\(name)")
    }
  }

  @Test func paperTableHasOneRowForEachSeries() throws {
    let table = PaperTable(try ManySeriesStudy.result()).table
    #expect(table.rows.count == 3)
    #expect(table.columns.count == 13)
    #expect(table.columns[1].title == "domain knowledge R₀")
    #expect(table.rows[0].prefix(3).map(\.text) == ["small", "97.5", "50.5"])
    // FG by hand: the mean over both tasks and five stages.
    let people = [91.0, 80, 66, 60, 52].map { (98 - $0) / 98 }.reduce(0, +) / 5
    let places = [90.0, 78, 70, 58, 49].map { (97 - $0) / 97 }.reduce(0, +) / 5
    let raw = try #require(Double(table.rows[0][3].raw))
    #expect(abs(raw - (people + places) * 50) < 1e-9)
  }

  @Test func contrastsAreDrawnWithTheirIntervals() throws {
    let html = try ManySeriesStudy.result().htmlReport()
    let figure = try Self.figure("contrast-1", in: html)
    #expect(figure.contains("large, difference: 7.5 [2.5, 12.5]"))
    #expect(
      html.contains(
        "Size, compared with small: large forgot clearly more on 1 of 1 axis of ability."))
    #expect(
      try ManySeriesStudy.result().markdownReport().contains(
        "| 7.5 [2.5, 12.5] | 3.0 [-1.0, 7.0] | – |"))
  }

  @Test func restorationIsDrawnByLayerAndAlongTheWay() throws {
    let html = try ManySeriesStudy.result().htmlReport()
    let layers = try Self.figure("1-small-restored-layers", in: html)
    #expect(layers.contains("layer 1, returned: 20.0 [5.0, 30.0]"))
    #expect(layers.contains("layer 3: returned not defined, skill lost 20.0 [-10.0, 30.0]."))
    let curve = try Self.figure("1-small-interpolation", in: html)
    // From the tuned model to the base, in the order of the share.
    #expect(curve.contains("domain knowledge: 50.0 % at 0, 97.0 % at 1."))
    let row = try #require(curve.components(separatedBy: "<tr>").last { $0.contains("new tasks") })
    let cells = row.components(separatedBy: "<td class=\"n\">").dropFirst().map { $0.prefix(4) }
    #expect(cells == ["83.0", "67.5", "55.0", "42.5", "25.0"])
    #expect(html.contains("80 % of what was lost after headline is layers 1 and 2:"))
    #expect(html.contains("the head is not put back"))
    #expect(!html.contains("2-large-restored-layers"))
  }

  @Test func problemsStandNearTheTop() throws {
    let html = try ManySeriesStudy.result().htmlReport()
    let sentence = "has no data file &lt;here&gt;"
    let place = try #require(html.range(of: sentence))
    let contents = try #require(html.range(of: "<nav"))
    #expect(place.lowerBound < contents.lowerBound)
    let markdown = try ManySeriesStudy.result().markdownReport()
    #expect(markdown.contains("has no data file &lt;here>"))
    #expect(try !ExampleStudy.result().htmlReport().contains("What could not be done"))
  }

  @Test func leadOfManySeriesStaysShort() throws {
    let lead = try ManySeriesStudy.result().lead
    #expect(
      lead.hasPrefix("3 series of up to 5 fine-tuning stages lost most on domain knowledge: "))
    #expect(lead.contains("least on reading comprehension"))
    #expect(lead.contains("preferred less often at the end than at the base in 3 of 3 series"))
    #expect(lead.count < 2000)
  }

  @Test func findingsOfEverySeriesFoldAway() throws {
    let findings = ReportFindings(try ManySeriesStudy.result())
    #expect(findings.shown.count <= 12)
    #expect(findings.ofSeries.map(\.title).map { $0.prefix(6) } == ["small:", "large:", "<b>odd"])
    #expect(findings.shown.allSatisfy { !$0.text.hasPrefix("small: ") })
  }

  @Test func namesOfChartsAreUnique() throws {
    #expect(
      ReportContents.identifiers(["a/b", "a-b", "a"]) == ["1-a-b", "2-a-b", "3-a"])
    let paths = try ManySeriesStudy.result().documents().map(\.path)
    #expect(Set(paths).count == paths.count)
  }

  @Test func endLabelsKeepTheirDistanceAndTheirOrder() {
    let heights = EndLabels([50, 52, 51, 10], within: 0...100).heights
    let sorted = heights.sorted()
    for (low, high) in zip(sorted, sorted.dropFirst()) { #expect(high - low >= 15) }
    #expect(heights[3] == 10)
    #expect(heights[0] < heights[2] && heights[2] < heights[1])
    #expect(heights.allSatisfy { (0...100).contains($0) })
  }

  @Test func terminalTablesFitTheTerminal() throws {
    let tables = try ManySeriesStudy.result().terminalTables
    #expect(tables.count == 4)
    // One line for each series and axis below title and headings.
    #expect(tables[0].aligned().split(separator: "\n").count == 2 + 3 * 4)
    for line in tables.flatMap({ $0.aligned().split(separator: "\n") }) {
      #expect(line.count <= 100, "\(line)")
    }
  }
}
