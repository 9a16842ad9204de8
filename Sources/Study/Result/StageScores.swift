/// The score of one task after one stage.
public struct TaskScore: Sendable, Equatable {
  /// The task.
  public var task: String
  /// The metric that the score is of, such as `acc`.
  public var metric: String
  /// The score, 0 to 1.
  public var value: Double
  /// Its standard error; `nil` where it is not known.
  public var standardError: Double?
  /// The score of guessing; `nil` where it is not known.
  public var chance: Double?
  /// How many items were scored.
  public var itemCount: Int

  /// Creates a score.
  public init(
    task: String, metric: String, value: Double, standardError: Double?, chance: Double?,
    itemCount: Int
  ) {
    self.task = task
    self.metric = metric
    self.value = value
    self.standardError = standardError
    self.chance = chance
    self.itemCount = itemCount
  }
}

/// The scores of one checkpoint, and the documents that hold every item.
public struct StageScores: Sendable, Equatable {
  /// One score for each task, in the order of the study's tasks.
  public var tasks: [TaskScore]
  /// What every item was answered, for each task; empty where only scores are known.
  public var answers: [TaskAnswers]
  /// How the forward pass computed, such as `f32`.
  public var numerics: String
  /// Results and samples as lm-eval writes them.
  public var documents: [StudyDocument]

  /// Creates a checkpoint's scores.
  public init(
    tasks: [TaskScore], answers: [TaskAnswers] = [], numerics: String,
    documents: [StudyDocument] = []
  ) {
    self.tasks = tasks
    self.answers = answers
    self.numerics = numerics
    self.documents = documents
  }

  /// The score of one task.
  public func score(of task: String) -> TaskScore? {
    tasks.first { $0.task == task }
  }

  /// What the items of one task were answered.
  public func answers(to task: String) -> TaskAnswers? {
    answers.first { $0.task == task }
  }
}

/// A file that a study writes.
public struct StudyDocument: Sendable, Equatable {
  /// Where it goes, relative to the study's folder.
  public var path: String
  /// What is in it.
  public var text: String

  /// Creates a document.
  public init(path: String, text: String) {
    self.path = path
    self.text = text
  }
}
