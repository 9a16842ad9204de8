import Statistics

/// The measures of ``Forgetting``, computed from the scores of one task.
struct ForgettingMeasures {
  var fgPercent: Double?
  var finalDropPercent: Double?
  var chanceCorrectedFGPercent: Double?
  var bwtPoints: Double?
  var chaudhryForgettingPoints: Double?
  /// The relative drop after each stage, from stage 1.
  var stageDropPercent: [Double?]
  /// The same of what was above guessing.
  var stageChanceCorrectedDropPercent: [Double?]

  /// Computes all measures.
  ///
  /// - Parameters:
  ///   - scores: The scores, the base first; `nil` where one is not known.
  ///   - final: The score that counts as the last.
  ///   - chance: The score of guessing.
  ///   - scale: The scale of all of them.
  init(scores: [Double?], final: Double, chance: Double?, scale: ScoreScale) {
    let initial = scores.first ?? nil
    func percent(_ part: Double?, of whole: Double?) -> Double? {
      guard let part, let whole, whole > 0 else { return nil }
      return part / whole * 100
    }
    func drop(to score: Double?) -> Double? {
      guard let initial, let score else { return nil }
      return initial - score
    }
    let aboveChance = chance.flatMap { chance in initial.map { $0 - chance } }
    stageDropPercent = scores.dropFirst().map { percent(drop(to: $0), of: initial) }
    stageChanceCorrectedDropPercent = scores.dropFirst().map {
      percent(drop(to: $0), of: aboveChance)
    }
    fgPercent = mean(ofAll: stageDropPercent)
    chanceCorrectedFGPercent = mean(ofAll: stageChanceCorrectedDropPercent)
    finalDropPercent = percent(drop(to: final), of: initial)
    bwtPoints = drop(to: final).map { scale.points(-$0) }
    let earlier = scores.dropLast()
    let known = earlier.compactMap(\.self)
    chaudhryForgettingPoints =
      known.count == earlier.count ? known.max().map { scale.points($0 - final) } : nil
  }
}
