/// How tasks are run.
public struct EvaluationOptions: Sendable {
  /// How many solved examples stand before an item; `nil` leaves it to the task.
  ///
  /// A task that says 0 itself keeps its 0.
  public var shotCount: Int?
  /// How many items of each task are evaluated, the first ones; `nil` for all.
  public var limit: Int?
  /// How many items of each task or group that was asked for are drawn, the same ones in every run;
  /// `nil` for all.
  public var sampleSize: Int?
  /// By whose rules.
  public var rules: EvaluationProtocol
  /// What stands before everything else.
  public var systemInstruction: String?
  /// The model's own template, in which prompts are put; `nil` for prompts as they are.
  public var chat: ChatFormat?

  /// Creates options.
  public init(
    shotCount: Int? = nil, limit: Int? = nil, sampleSize: Int? = nil,
    rules: EvaluationProtocol = .harness, systemInstruction: String? = nil, chat: ChatFormat? = nil
  ) {
    self.shotCount = shotCount
    self.limit = limit
    self.sampleSize = sampleSize
    self.rules = rules
    self.systemInstruction = systemInstruction
    self.chat = chat
  }
}
