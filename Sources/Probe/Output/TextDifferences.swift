import Core
import Inference
import OrderedCollections

/// Where two checkpoints differ most on a user's own text.
public struct TextDifferences: Sendable {
  /// A paragraph as two checkpoints find it.
  public struct Paragraph: Sendable {
    /// The line of the file on which it starts, from 1.
    public let line: Int
    /// The paragraph.
    public let text: String
    /// The mean loss per token of the first checkpoint, in nats.
    public let base: Double
    /// The mean loss per token of the other.
    public let other: Double

    /// By how much the other finds the paragraph less likely; negative if more.
    public var difference: Double { other - base }
  }

  /// All paragraphs that both checkpoints have scored, those with the largest differences first, of
  /// equals in the order of the file.
  public let paragraphs: [Paragraph]

  /// Compares two reports of the task that ``OwnTask/text(path:)`` has made.
  ///
  /// - Parameters:
  ///   - task: The task's name.
  ///   - base: The first checkpoint's report.
  ///   - other: The other's.
  public init(task: String, _ base: HarnessReport, _ other: HarnessReport) {
    let found = Self.losses(of: task, other)
    let rows = base.tasks.first { $0.task.name == task }?.items ?? []
    let losses = Self.losses(of: task, base)
    paragraphs = rows.compactMap { item -> Paragraph? in
      guard let own = losses[item.index], let loss = found[item.index] else { return nil }
      return Paragraph(
        line: item.row.number, text: item.row.fields["text"]?.string ?? "", base: own, other: loss)
    }
    .enumerated()
    .sorted { (-abs($0.1.difference), $0.0) < (-abs($1.1.difference), $1.0) }
    .map(\.element)
  }

  private static func losses(of task: String, _ report: HarnessReport) -> [Int: Double] {
    let items = report.result.tasks.first { $0.name == task }?.items ?? []
    return items.reduce(into: [:]) { losses, item in
      guard let answer = item.logLikelihoods.first, answer.tokenCount > 0 else { return }
      losses[item.index] = -answer.value / Double(answer.tokenCount)
    }
  }
}
