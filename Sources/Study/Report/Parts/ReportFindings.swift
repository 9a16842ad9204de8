/// The findings as a report shows them: those that matter most, the rest, and those of each series.
public struct ReportFindings {
  /// Findings under one title.
  public struct Fold {
    /// What they are of.
    public let title: String
    /// The findings, the most important first.
    public let findings: [Finding]
  }

  /// What everybody should read.
  public let shown: [Finding]
  /// What there was no room for; empty or one fold.
  public let rest: [Fold]
  /// For several series, the findings of each.
  public let ofSeries: [Fold]

  /// So many findings are shown at once.
  private static let largestCount = 12
  /// So many of them may say how series differ, if there is more to say.
  private static let contrastCount = 6

  /// Sorts the findings of a study.
  public init(_ result: StudyResult) {
    let isSingle = result.series.count == 1
    let names = isSingle ? [] : result.series.map(\.name)
    ofSeries = zip(names, result.series).map { name, series in
      Fold(title: "\(name): \(series.findings.count) findings", findings: series.findings)
    }
    let own = Set(
      zip(names, ofSeries).flatMap { name, fold in fold.findings.map { "\(name): \($0.text)" } })
    let overall = result.findings.filter { !own.contains($0.text) }
    let contrasts = Set(result.contrasts.flatMap { $0.findings.map(\.text) })
    let compared = Self.clearFirst(overall.filter { contrasts.contains($0.text) })
    let others = overall.filter { !contrasts.contains($0.text) }
    let room = max(Self.contrastCount, Self.largestCount - others.count)
    let ordered = Array(compared.prefix(room)) + others + Array(compared.dropFirst(room))
    shown = Array(ordered.prefix(Self.largestCount))
    let left = Array(ordered.dropFirst(Self.largestCount))
    rest = left.isEmpty ? [] : [Fold(title: "\(left.count) more findings", findings: left)]
  }

  private static func clearFirst(_ findings: [Finding]) -> [Finding] {
    findings.filter { $0.certainty == .clear } + findings.filter { $0.certainty != .clear }
  }
}
