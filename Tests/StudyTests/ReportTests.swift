import Core
import Foundation
import OrderedCollections
import Study
import Testing

/// The page, its Markdown sibling and the JSON document.
@Suite struct ReportTests {
  @Test func pageNeedsNothingFromElsewhere() throws {
    let html = try ExampleStudy.result().htmlReport()
    let outside = html.components(separatedBy: "http").dropFirst()
    #expect(
      outside.allSatisfy { $0.hasPrefix("://www.w3.org/2000/svg\"") || $0.hasPrefix("-equiv=") })
    for word in ["src=", "@import", "url(", "<link", "<img", "javascript:", "fetch(", "import("] {
      #expect(!html.contains(word), "\(word)")
    }
    #expect(html.components(separatedBy: "<script").count == 2)
    #expect(html.contains("content=\"default-src 'none';"))
    #expect(html.utf8.count < 2_000_000)
  }

  @Test func everyChartIsDrawnNamedAndHasItsNumbers() throws {
    let result = try ExampleStudy.result()
    let html = try result.htmlReport()
    let ids = [
      "forgetting", "1-llama-accuracy", "1-llama-learning", "1-llama-from-base",
      "1-llama-from-previous",
      "1-llama-layers-from-base", "1-llama-layers-from-previous", "drift-1-from-base",
      "drift-1-from-previous", "drift-4-from-base", "drift-4-from-previous",
    ]
    for id in ids {
      #expect(html.contains("<title id=\"\(id)-title\">"), "\(id)")
      #expect(html.contains("aria-labelledby=\"\(id)-title \(id)-desc\""), "\(id)")
    }
    let figures = html.components(separatedBy: "<figure>").dropFirst()
    #expect(figures.count == 15)
    let documents = try result.documents()
    for figure in figures {
      let whole = figure.components(separatedBy: "</figure>")[0]
      #expect(whole.contains("<svg xmlns"))
      #expect(whole.contains("The numbers of this chart"))
      #expect(whole.contains("<td"))
      // The data is there as a file too, with a row at least.
      let link = try #require(whole.firstMatch(of: /href="(charts\/[^"]+\.csv)"/)).1
      let data = try #require(documents.first { $0.path == link })
      #expect(data.text.split(separator: "\n").count > 1, "\(link)")
    }
    // No coordinate went astray.
    #expect(html.range(of: "\\bnan\\b", options: .regularExpression) == nil)
    #expect(!html.contains("\"–\""))
    #expect(!html.contains("{{"))
  }

  @Test func pageIsWellFormed() throws {
    // Everything but the void elements of the head is closed, so an XML reader takes the body.
    let html = try ExampleStudy.result().htmlReport()
    let start = try #require(html.range(of: "<main>")).lowerBound
    let end = try #require(html.range(of: "</main>")).upperBound
    let body = html[start..<end]
    let counts = ["main", "section", "figure", "table", "tr", "td", "svg", "text", "details", "li"]
    for name in counts {
      let opened =
        body.components(separatedBy: "<\(name)>").count
        + body.components(separatedBy: "<\(name) ").count - 2
      #expect(opened == body.components(separatedBy: "</\(name)>").count - 1, "\(name)")
      #expect(opened > 0, "\(name)")
    }
  }

  @Test func sameResultGivesTheSameBytes() throws {
    let first = try ExampleStudy.result().documents()
    #expect(try ExampleStudy.result().documents() == first)
    #expect(
      first.map(\.path).filter { !$0.hasPrefix("charts/") } == [
        "study.json", "scores.csv", "forgetting.csv", "learning.csv", "drift.csv",
        "drift-layers.csv", "association.csv", "contrasts.csv", "restoration.csv", "report.md",
        "report.html",
      ])
  }

  @Test func textIsEscaped() throws {
    var plan = ExampleStudy.plan(name: "<b>\"R&D\"</b>")
    plan.series[0].stages[0].name = "<i>one</i>"
    plan.axes[0].name = "</text><script>"
    let result = try ExampleStudy.result(plan)
    let html = try result.htmlReport()
    #expect(html.contains("&lt;b&gt;&quot;R&amp;D&quot;&lt;/b&gt;"))
    for text in ["<b>", "<i>", "</text><script>"] { #expect(!html.contains(text), "\(text)") }
    #expect(!result.markdownReport().contains("<b>"))
  }

  @Test func leadSaysWhatWasLostHowSureAndWhatItProves() throws {
    let result = try ExampleStudy.result()
    let html = try result.htmlReport()
    let lead = html.components(separatedBy: "<p class=\"lead\">").dropFirst()
      .map { $0.components(separatedBy: "</p>")[0] }.joined(separator: " ")
    #expect(
      lead.contains("score on domain knowledge had fallen by 47 points, from 97.5 % to 50.5 %"))
    #expect(lead.contains("clear: more than two standard errors"))
    #expect(lead.contains("least affected was reading comprehension"))
    #expect(lead.contains("the strongest is a description, not evidence"))
  }

  @Test func findingsCoverEveryAxisAndTheirLimits() throws {
    let findings = try ExampleStudy.result().findings
    for axis in ["domain knowledge", "reasoning", "reading comprehension", "bias"] {
      #expect(findings.contains { $0.text.hasPrefix("\(axis): ") })
    }
    #expect(
      findings.contains { $0.text.contains("the stereotype is clearly preferred less often") })
    #expect(findings.last?.certainty == .notClaimed)
    #expect(findings.last?.text.contains("one series: one order") == true)
  }

  @Test func jsonHoldsEverythingUnderSnakeCaseKeys() throws {
    let json = try ExampleStudy.result().json
    #expect(json["schema_version"] == 1)
    let series = try #require(json["series"]?[0])
    #expect(series["stages"]?.array?.count == 6)
    #expect(series["stages"]?[0]?["drift"] == .null)
    #expect(series["stages"]?[1]?["drift"]?["from_base"]?[0]?["relative_l2"] == 0.11)
    #expect(series["forgetting"]?["axes"]?[0]?["fg_percent"]?.double != nil)
    #expect(json["league"]?["entries"]?[0]?["n"] == 5)
    #expect(json["league"]?["is_exact"] == true)
    #expect(json["findings"]?.array?.isEmpty == false)
    var keys: Set<String> = []
    collect(json, into: &keys)
    let allowed = Set("abcdefghijklmnopqrstuvwxyz0123456789_")
    // The stored types are names of the formats, not ours.
    #expect(keys.subtracting(["BF16"]).allSatisfy { $0.allSatisfy(allowed.contains) })
  }

  private func collect(_ value: JSONValue, into keys: inout Set<String>) {
    for (key, child) in value.object ?? [:] {
      keys.insert(key)
      collect(child, into: &keys)
    }
    for child in value.array ?? [] { collect(child, into: &keys) }
  }

  @Test func whatCouldNotBeComparedIsSaid() throws {
    let html = try ExampleStudy.result().htmlReport()
    #expect(html.contains("headline: 1 tensor has no partner in the base: lm_head.bias"))
  }

  @Test func longSeriesIsDrawn() throws {
    var plan = ExampleStudy.plan()
    let stages = plan.series[0].stages
    plan.series[0].stages = (0..<9).map { index in
      var stage = stages[index % 5]
      stage.name = "stage \(index)"
      stage.task = nil
      return stage
    }
    let html = try ExampleStudy.result(plan).htmlReport()
    #expect(html.contains("<title id=\"1-llama-from-base-title\">"))
  }

  @Test func oneStageIsEnoughForAReport() throws {
    var plan = ExampleStudy.plan()
    plan.series[0].stages.removeLast(4)
    plan.newTasks = []
    plan.series[0].stages[0].task = nil
    let html = try ExampleStudy.result(plan).htmlReport()
    #expect(html.contains("nothing is claimed"))
    #expect(!html.contains("1-llama-learning"))
    #expect(html.range(of: "\\bnan\\b", options: .regularExpression) == nil)
  }
}
