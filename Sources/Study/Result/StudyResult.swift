/// All that a study found, and how it can be repeated.
public struct StudyResult: Sendable, Equatable {
  /// How the numbers came about.
  public struct Provenance: Sendable, Equatable {
    /// Lethe's version.
    public var version: String
    /// The command that made the study.
    public var command: String
    /// When it was made, as ISO 8601.
    public var createdAt: String
    /// How the forward pass computes, such as `f32`.
    public var numerics: String

    /// Creates a provenance.
    public init(version: String, command: String, createdAt: String, numerics: String) {
      self.version = version
      self.command = command
      self.createdAt = createdAt
      self.numerics = numerics
    }
  }

  /// What was to be done.
  public let plan: StudyPlan
  /// What was found of each series.
  public let series: [SeriesResult]
  /// Which measures of drift and of answers go with forgetting.
  public let league: League
  /// How series differ in what they forgot, as the plan asks.
  public let contrasts: [SeriesContrast]
  /// What could not be done.
  public let problems: [StudyProblem]
  /// How the numbers came about.
  public let provenance: Provenance

  /// Creates a result from its parts.
  public init(
    plan: StudyPlan, series: [SeriesResult], league: League = League(),
    contrasts: [SeriesContrast] = [],
    problems: [StudyProblem] = [], provenance: Provenance
  ) {
    self.plan = plan
    self.series = series
    self.league = league
    self.contrasts = contrasts
    self.problems = problems
    self.provenance = provenance
  }
}
