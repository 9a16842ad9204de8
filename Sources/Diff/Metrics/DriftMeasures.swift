/// What is measured beyond the default metrics.
public struct DriftMeasures: Sendable, Equatable {
  /// How many singular values of a delta are wanted.
  public enum SpectrumSize: Sendable, Equatable {
    /// The largest ones, this many.
    case top(Int)
    /// All of them, exactly.
    case all
  }

  /// Whether quantiles of the absolute and of the relative deltas are estimated.
  public var quantiles = false
  /// The singular values of each matrix's delta; `nil` for none.
  public var spectrum: SpectrumSize?
  /// Whether intruder dimensions are counted and the rotation of the principal subspace is measured.
  public var intruders = false
  /// Whether the drift of each attention head is told.
  public var heads = false
  /// How many of the tokens that moved most are listed.
  public var tokenCount = 10

  /// Asks for the default metrics alone.
  public init() {}
}
