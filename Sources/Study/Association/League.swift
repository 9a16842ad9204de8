/// Every measure of drift and of answers against the forgetting of every axis.
///
/// Distances from the base meet the drop from the base, distances from the stage before what that stage
/// took. All series together are looked at where there are two or more, and each series alone. Parts of
/// several models are matched by name, so that a layer's number means its place from the input.
///
/// | value | how |
/// |---|---|
/// | p | the stages' forgetting is rearranged within each series, that of all axes in the same way; all rearrangements up to ``exactLimit``, else ``drawCount`` with a fixed seed and the observed order among them |
/// | corrected p | single-step max-T (Westfall and Young 1993): the share of rearrangements in which any association of the league is as far from 0 as this one, each divided by its standard deviation over all rearrangements, so that few and many stages can be compared |
/// | interval | bootstrap: series, and in each its stages, drawn with replacement; of one series of few stages all draws there are |
public struct League: Sendable, Equatable {
  /// Which stages are looked at together.
  public enum Scope: Hashable, Sendable {
    /// Those of all series.
    case pooled
    /// Those of one series.
    case series(String)

    /// The scope as a reader sees it.
    public var title: String {
      switch self {
      case .pooled: "all series"
      case .series(let name): name
      }
    }
  }

  /// All that was looked at: the smallest corrected p first, then the most stages, then the largest rank
  /// correlation.
  public let entries: [LeagueEntry]
  /// How many series there are.
  public let seriesCount: Int
  /// How many stages they have in all.
  public let stageCount: Int
  /// How many coefficients were looked at; the correction is for so many.
  public let testCount: Int
  /// How many rearrangements of all stages the correction looks at.
  public let permutationCount: Int
  /// Where drawn rearrangements start; `nil` where all were looked at.
  public let seed: UInt64?

  /// Up to this many rearrangements, all are looked at: two series of five stages have 14,400.
  public static let exactLimit = 20_000
  /// How many rearrangements are looked at where there are more, the observed one among them.
  public static let drawCount = 10_000
  /// How many draws an interval is made of where there are more than so many.
  public static let resampleCount = 2_000
  /// Where drawing starts, of orders and of draws.
  public static let firstSeed: UInt64 = 1
  /// From this many stages on, something may be said.
  public static let smallestClaimCount = 4
  /// Below this corrected p-value, an association is reported.
  public static let level = 0.05
  /// The axis that stands for the mean of all axes of ability.
  public static let allAbilities = "all abilities"

  /// A league of nothing.
  public init() {
    self.init(
      entries: [], seriesCount: 0, stageCount: 0, testCount: 0, permutationCount: 0, seed: nil)
  }

  init(
    entries: [LeagueEntry], seriesCount: Int, stageCount: Int, testCount: Int,
    permutationCount: Int, seed: UInt64?
  ) {
    self.entries = entries
    self.seriesCount = seriesCount
    self.stageCount = stageCount
    self.testCount = testCount
    self.permutationCount = permutationCount
    self.seed = seed
  }

  /// The scope that has most to say: all series where there are several.
  public var widestScope: Scope? {
    entries.contains { $0.scope == .pooled } ? .pooled : entries.first?.scope
  }

  /// What was looked at of one scope, in the order of the league.
  public func entries(of scope: Scope) -> [LeagueEntry] {
    entries.filter { $0.scope == scope }
  }

  /// One association; `nil` where it was not looked at.
  public func entry(_ scope: Scope, axis: String, _ measure: StageMeasure) -> LeagueEntry? {
    entries.first { $0.scope == scope && $0.axis == axis && $0.measure == measure }
  }
}
