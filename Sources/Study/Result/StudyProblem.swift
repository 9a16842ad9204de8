/// Something that a study could not do; what could be done was done.
public struct StudyProblem: Sendable, Equatable, CustomStringConvertible {
  /// The series; `nil` where the whole study is concerned.
  public var series: String?
  /// The checkpoint's name in the series; `nil` where the whole series is concerned.
  public var checkpoint: String?
  /// The task; `nil` where all are concerned.
  public var task: String?
  /// What is wrong.
  public var message: String

  /// Creates a problem.
  public init(
    series: String? = nil, checkpoint: String? = nil, task: String? = nil, message: String
  ) {
    self.series = series
    self.checkpoint = checkpoint
    self.task = task
    self.message = message
  }

  /// The problem with its place, such as `llama, stage 'dialogue', task 'reading': …`.
  public var description: String {
    let places = [
      series, checkpoint.map { $0 == "base" ? "base" : "stage '\($0)'" },
      task.map { "task '\($0)'" },
    ].compactMap(\.self)
    return places.isEmpty ? message : "\(places.joined(separator: ", ")): \(message)"
  }
}
