/// How scores are written: as fractions or as percentages.
public enum ScoreScale: String, Sendable, CaseIterable {
  /// 0 to 1.
  case fraction = "0-1"
  /// 0 to 100.
  case percent = "0-100"

  /// The score of a model that is always right.
  public var maximum: Double {
    switch self {
    case .fraction: 1
    case .percent: 100
    }
  }

  /// A score or a difference of scores in percentage points.
  public func points(_ value: Double) -> Double {
    value / maximum * 100
  }
}
