import Statistics

extension Forgetting {
  /// Computes the forgetting of one task, or of one aggregate.
  init(_ series: ScoreTable.Series, scale: ScoreScale) {
    let measures = ForgettingMeasures(
      scores: series.scores, final: series.final, chance: series.chance, scale: scale)
    let stages = series.scores.indices.dropFirst().map { Self.stage($0, of: series, measures) }
    self.init(
      run: series.run, axis: series.axis, task: series.task, taskCount: 1,
      initial: series.initial, final: series.final, chance: series.chance,
      isInitialAtOrBelowChance: series.chance.map { series.initial <= $0 },
      fgPercent: measures.fgPercent, finalDropPercent: measures.finalDropPercent,
      chanceCorrectedFGPercent: measures.chanceCorrectedFGPercent,
      bwtPoints: measures.bwtPoints,
      chaudhryForgettingPoints: measures.chaudhryForgettingPoints,
      stages: stages, notes: Self.notes(on: series, stages))
  }

  private static func stage(
    _ number: Int, of series: ScoreTable.Series, _ measures: ForgettingMeasures
  ) -> Stage {
    let score = series.scores[number]
    let step = score.flatMap { score in series.scores[number - 1].map { $0 - score } }
    return Stage(
      stage: number, score: score,
      dropPercent: measures.stageDropPercent[number - 1],
      chanceCorrectedDropPercent: measures.stageChanceCorrectedDropPercent[number - 1],
      stepDropPercent: step.flatMap { series.initial > 0 ? $0 / series.initial * 100 : nil },
      isAtOrBelowChance: score.flatMap { score in series.chance.map { score <= $0 } })
  }

  private static func notes(on series: ScoreTable.Series, _ stages: [Stage]) -> [String] {
    var notes: [String] = []
    if stages.contains(where: { $0.score == nil }) {
      notes.append("FG is not defined: not every stage between the first and the last is given")
    }
    if let last = series.scores.lastIndex(where: { $0 != nil }), last < series.scores.count - 1 {
      notes.append("the last score is that of stage \(last): later ones are not known")
    }
    if series.initial == 0 {
      notes.append("relative drops are not defined: the base's score is 0")
    }
    guard let chance = series.chance else { return notes }
    if series.initial <= chance {
      notes.append(
        "chance-corrected FG is not defined: the base's score \(short(series.initial)) is not "
          + "above chance \(short(chance))")
    }
    let low = stages.filter { $0.isAtOrBelowChance == true }.map { String($0.stage) }
    if !low.isEmpty {
      notes.append(
        "at or below chance \(short(chance)) after stage \(low.joined(separator: ", ")): "
          + "the score there shows no skill that could still be lost")
    }
    return notes
  }
}

/// The mean of values that all exist; `nil` where one does not, or where there are none.
func mean(ofAll values: [Double?]) -> Double? {
  let known = values.compactMap(\.self)
  return known.count == values.count ? mean(known) : nil
}
