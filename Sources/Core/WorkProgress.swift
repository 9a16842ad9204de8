/// How far a long piece of work has come; told to whoever shows it.
public struct WorkProgress: Sendable, Equatable {
  /// What is being done, such as `scoring base`.
  public var phase: String
  /// How many units are done.
  public var completed: Int
  /// How many units there are in all.
  public var total: Int
  /// What is counted, in the plural, such as `items`.
  public var unit: String

  /// Creates a report of progress.
  public init(phase: String, completed: Int, total: Int, unit: String) {
    self.phase = phase
    self.completed = completed
    self.total = total
    self.unit = unit
  }

  /// Receives reports; called from any thread, often, and must return at once.
  public typealias Handler = @Sendable (WorkProgress) -> Void
}
