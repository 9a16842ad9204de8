/// How much more one series forgot than another, on the same items.
///
/// This answers what the paper asked: does a larger model forget more, a decoder more than an
/// encoder-decoder, one with general instruction tuning less.
public struct SeriesContrast: Sendable, Equatable {
  /// One series against the first one on one axis.
  public struct Row: Sendable, Equatable {
    /// The axis.
    public var axis: String
    /// The series that is compared with.
    public var reference: String
    /// The series that is compared.
    public var series: String
    /// FG of ``series`` minus FG of ``reference``, in percentage points of FG.
    public var fgDifference: Estimate?
    /// The same of the final drop.
    public var finalDropDifference: Estimate?
    /// The same of FG corrected for chance.
    public var chanceCorrectedDifference: Estimate?
  }

  /// What is asked, such as `size`.
  public var name: String
  /// The series in order, the one that the others are compared with first.
  public var series: [String]
  /// One row for each axis and further series.
  public var rows: [Row]
  /// What was found, in words.
  public var findings: [Finding]
}
