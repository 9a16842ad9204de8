/// A condition on numbers of a result, such as `relative_l2 > 0.1 and layer[3].cosine < 0.99`.
///
/// ```
/// condition  = term { "or" term }
/// term       = factor { "and" factor }
/// factor     = "(" condition ")" | comparison
/// comparison = subject ( ">" | ">=" | "<" | "<=" | "==" | "!=" ) number
/// subject    = [ level [ "[" name "]" ] "." ] key { "." key }
/// ```
///
/// Where any word may be a level, such as a task's name, it may stand in double quotes.
public indirect enum Condition: Sendable, Equatable {
  /// A number against a limit.
  case comparison(Comparison)
  /// Both must be met.
  case and(Condition, Condition)
  /// One must be met.
  case or(Condition, Condition)

  /// How a number must stand to the limit.
  public enum Relation: String, Sendable, Equatable, CaseIterable {
    case greater = ">"
    case atLeast = ">="
    case less = "<"
    case atMost = "<="
    case equal = "=="
    case different = "!="

    /// Whether two numbers stand so.
    public func holds(_ left: Double, _ right: Double) -> Bool {
      switch self {
      case .greater: left > right
      case .atLeast: left >= right
      case .less: left < right
      case .atMost: left <= right
      case .equal: left == right
      case .different: left != right
      }
    }
  }

  /// What is compared.
  public struct Subject: Sendable, Equatable, CustomStringConvertible {
    /// The level of the result, such as `layer`; `nil` where none is named.
    public var level: String?
    /// Which part at that level, such as `3`; `nil` for all of them.
    public var name: String?
    /// The keys that lead to the number in a part, such as `quantiles` and `p99`.
    public var keys: [String]

    /// The subject as it is written.
    public var description: String {
      let place = level.map { $0 + (name.map { "[\($0)]" } ?? "") + "." } ?? ""
      return place + keys.joined(separator: ".")
    }
  }

  /// A number against a limit.
  public struct Comparison: Sendable, Equatable {
    /// What is compared.
    public var subject: Subject
    /// How it must stand to the limit.
    public var relation: Relation
    /// The limit.
    public var limit: Double
  }

  /// What the comparisons are about, in the order in which they are written.
  public var subjects: [Subject] {
    switch self {
    case .comparison(let comparison): [comparison.subject]
    case .and(let left, let right), .or(let left, let right): left.subjects + right.subjects
    }
  }
}

extension Condition {
  /// What came of a condition.
  public enum Outcome: Sendable, Equatable {
    /// It is met; the texts say by what.
    case met([String])
    case unmet
    /// A number that decides it does not exist; the text says which.
    case undecided(String)
  }

  /// Decides the condition.
  ///
  /// A number that does not exist decides nothing, so that `a or b` is met by `b` alone, and
  /// `a and b` fails by `b` alone.
  ///
  /// - Parameter decide: Decides one comparison.
  /// - Returns: What came of all of them together.
  public func outcome(_ decide: (Comparison) -> Outcome) -> Outcome {
    switch self {
    case .comparison(let comparison): return decide(comparison)
    case .and(let left, let right):
      switch (left.outcome(decide), right.outcome(decide)) {
      case (.unmet, _), (_, .unmet): return .unmet
      case (.undecided(let reason), _), (_, .undecided(let reason)): return .undecided(reason)
      case (.met(let first), .met(let second)): return .met(first + second)
      }
    case .or(let left, let right):
      switch (left.outcome(decide), right.outcome(decide)) {
      case (.met(let first), .met(let second)): return .met(first + second)
      case (.met(let reasons), _), (_, .met(let reasons)): return .met(reasons)
      case (.undecided(let reason), _), (_, .undecided(let reason)): return .undecided(reason)
      case (.unmet, .unmet): return .unmet
      }
    }
  }
}
