/// A score, named as in task files and results.
public enum Metric: String, CaseIterable, Sendable {
  /// The share of items whose most likely choice is right; of equals the first counts. Where the
  /// target itself is scored, the share of items whose target is the likeliest text.
  case accuracy = "acc"
  /// The same after each log-likelihood is divided by its choice's length in code points.
  case accuracyPerCharacter = "acc_norm"
  /// The same after each log-likelihood is divided by its choice's length in UTF-8 bytes.
  case accuracyPerByte = "acc_bytes"
  /// The same after each log-likelihood has lost that of its choice without a context.
  case accuracyByMutualInformation = "acc_mutual_info"
  /// Whether the answer is the right one, or the right choice the likeliest text.
  case exactMatch = "exact_match"
  /// F1 of class 1, over the likeliest choices.
  case f1
  /// Matthews' correlation of the right and the likeliest choices.
  case matthewsCorrelation = "mcc"
  /// The squared distance of the choices' probabilities from the right choice.
  case brierScore = "brier_score"
  /// Of the targets.
  case perplexity
  /// Of a whole text, per word.
  case wordPerplexity = "word_perplexity"
  /// Of a whole text, per UTF-8 byte.
  case bytePerplexity = "byte_perplexity"
  /// Of a whole text: binary logarithm of ``bytePerplexity``.
  case bitsPerByte = "bits_per_byte"
  /// BLEU of all answers.
  case bleu
  /// chrF of all answers.
  case chrf
  /// chrF of all answers with words of up to two.
  case chrfWords = "chrf++"
  /// Translation error rate of all answers.
  case ter
  /// ROUGE-1, as F1.
  case rouge1
  /// ROUGE-2, as F1.
  case rouge2
  /// ROUGE-L, as F1.
  case rougeL
  /// ROUGE-L of sentences that stand on lines of their own, as F1.
  case rougeLines = "rougeLsum"

  /// The metrics that are shown first where a task has them, in this order.
  ///
  /// Accuracy, and the share of pairs whose stereotype is preferred; of a task without them it is the
  /// first one.
  private static let leading = [accuracy.rawValue, "pct_stereotype"]

  /// The place of the metric that is shown first.
  ///
  /// - Parameter names: The metrics' names, in their order.
  /// - Returns: A place; `nil` of no metrics.
  public static func mainPlace(among names: [String]) -> Int? {
    leading.lazy.compactMap(names.firstIndex).first ?? (names.isEmpty ? nil : 0)
  }

  /// What lm-eval measures where a task asks for nothing.
  static func defaults(of type: OutputType) -> [Metric] {
    switch type {
    case .multipleChoice: [.accuracy, .accuracyPerCharacter]
    case .logLikelihood: [.perplexity, .accuracy]
    case .rolling: [.wordPerplexity, .bytePerplexity, .bitsPerByte]
    case .generation: [.exactMatch]
    }
  }

  /// Which kinds of tasks have the metric.
  var outputTypes: Set<OutputType> {
    switch self {
    case .accuracy: [.multipleChoice, .logLikelihood]
    case .accuracyPerCharacter, .accuracyPerByte, .accuracyByMutualInformation, .f1,
      .matthewsCorrelation, .brierScore:
      [.multipleChoice]
    case .exactMatch: [.multipleChoice, .generation]
    case .perplexity: [.logLikelihood]
    case .wordPerplexity, .bytePerplexity, .bitsPerByte: [.rolling]
    case .bleu, .chrf, .chrfWords, .ter, .rouge1, .rouge2, .rougeL, .rougeLines: [.generation]
    }
  }

  /// How the items' scores become one number where the task does not say.
  var aggregation: Aggregation {
    switch self {
    case .f1: .f1
    case .matthewsCorrelation: .matthews
    case .brierScore: .brier
    case .perplexity: .perplexity
    case .wordPerplexity, .bytePerplexity: .weightedPerplexity
    case .bitsPerByte: .bitsPerByte
    case .bleu: .texts(.bleu)
    case .chrf: .texts(.chrf)
    case .chrfWords: .texts(.chrfWithWords)
    case .ter: .texts(.ter)
    default: .mean
    }
  }

  /// Whether more is better where the task does not say.
  var isHigherBetter: Bool {
    switch self {
    case .brierScore, .perplexity, .wordPerplexity, .bytePerplexity, .bitsPerByte, .ter: false
    default: true
    }
  }
}
