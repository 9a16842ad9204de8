import ArgumentParser
import Core
import Foundation
import Probe

/// The options for files of a user's own that need no task file.
struct OwnTaskOptions: ParsableArguments {
  /// How many paragraphs are shown of each pair of checkpoints.
  private static let shownCount = 5

  @Option(
    help: ArgumentHelp(
      "Multiple-choice questions of your own: a table or JSON lines with question, choices "
        + "(between '|') and answer (can be repeated)",
      valueName: "file.csv"))
  var questions: [String] = []

  @Option(
    help: ArgumentHelp(
      "A text of your own: perplexity and loss per token, and where checkpoints differ most (can be "
        + "repeated)",
      valueName: "file"))
  var text: [String] = []

  /// Whether no file is given.
  var isEmpty: Bool { questions.isEmpty && text.isEmpty }

  /// The tasks that the files make.
  func tasks() throws -> [EvalTask] {
    try questions.map { try OwnTask.questions(path: $0) } + text.map { try OwnTask.text(path: $0) }
  }

  // MARK: Differences

  /// A text on which two checkpoints were compared.
  private struct Comparison {
    var task: String
    var base: HarnessReport
    var other: HarnessReport
    var differences: TextDifferences
  }

  private func comparisons(_ reports: [HarnessReport]) -> [Comparison] {
    let names = text.map { OwnTask.name(ofFile: $0) }
    return names.flatMap { name in
      reports.dropFirst().map { other in
        Comparison(
          task: name, base: reports[0], other: other,
          differences: TextDifferences(task: name, reports[0], other))
      }
    }
  }

  /// Where the others differ most from the first checkpoint on each text, as tables; empty without
  /// texts or with one checkpoint.
  func differences(_ reports: [HarnessReport]) -> String {
    comparisons(reports).map { comparison in
      let names = shortNames(ofPaths: [comparison.base.model.name, comparison.other.model.name])
      let paragraphs = comparison.differences.paragraphs.prefix(Self.shownCount)
      let table = TextTable(
        columns: [
          .numbers("line", key: "line"), .numbers("base loss", key: "base_loss"),
          .numbers("loss", key: "other_loss"), .numbers("difference", key: "difference"),
          .words("paragraph", key: "text"),
        ],
        rows: paragraphs.map { paragraph in
          [
            .count(paragraph.line), .fixed(paragraph.base, decimals: 3),
            .fixed(paragraph.other, decimals: 3), .fixed(paragraph.difference, decimals: 3),
            TextTable.Cell(Self.start(of: paragraph.text)),
          ]
        })
      return
        "\nwhere \(names[1]) differs most from \(names[0]) on \(comparison.task) (nats per token)\n"
        + table.aligned()
    }.joined()
  }

  /// What fits a line.
  private static func start(of text: String) -> String {
    let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    let limit = 60
    return line.count > limit ? "\(line.prefix(limit - 1))…" : line
  }

  /// The same as JSON, with all paragraphs; `nil` without texts.
  func document(_ reports: [HarnessReport]) -> JSONValue? {
    guard !text.isEmpty else { return nil }
    return .array(
      comparisons(reports).map { comparison in
        let paragraphs = comparison.differences.paragraphs.map { paragraph -> JSONValue in
          [
            "line": .integer(paragraph.line), "base_loss": .number(paragraph.base),
            "other_loss": .number(paragraph.other), "difference": .number(paragraph.difference),
          ]
        }
        return [
          "task": .string(comparison.task), "base": .string(comparison.base.model.name),
          "other": .string(comparison.other.model.name), "paragraphs": .array(paragraphs),
        ]
      })
  }
}
