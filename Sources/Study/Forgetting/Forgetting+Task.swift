import Statistics

extension Forgetting {
  /// Computes the forgetting of one task, or of one aggregate.
  init(_ series: ScoreTable.Series, scale: ScoreScale) {
    let stages = series.scores.indices.dropFirst().map { Self.stage($0, of: series) }
    self.init(
      run: series.run, axis: series.axis, task: series.task, taskCount: 1,
      initial: series.initial, final: series.final, chance: series.chance,
      isInitialAtOrBelowChance: series.chance.map { series.initial <= $0 },
      fgPercent: mean(ofAll: stages.map(\.dropPercent)),
      finalDropPercent: Self.percent(series.initial - series.final, of: series.initial),
      chanceCorrectedFGPercent: mean(ofAll: stages.map(\.chanceCorrectedDropPercent)),
      bwtPoints: scale.points(series.final - series.initial),
      chaudhryForgettingPoints: Self.best(before: series).map {
        scale.points($0 - series.final)
      },
      stages: stages, notes: Self.notes(on: series, stages))
  }

  private static func stage(_ number: Int, of series: ScoreTable.Series) -> Stage {
    let score = series.scores[number]
    let drop = score.map { series.initial - $0 }
    let step = score.flatMap { score in series.scores[number - 1].map { $0 - score } }
    return Stage(
      stage: number, score: score,
      dropPercent: drop.flatMap { percent($0, of: series.initial) },
      chanceCorrectedDropPercent: drop.flatMap { drop in
        series.chance.flatMap { percent(drop, of: series.initial - $0) }
      },
      stepDropPercent: step.flatMap { percent($0, of: series.initial) },
      isAtOrBelowChance: score.flatMap { score in series.chance.map { score <= $0 } })
  }

  /// The best score before the last stage; `nil` where one of them is not known.
  private static func best(before series: ScoreTable.Series) -> Double? {
    let earlier = series.scores.dropLast()
    let known = earlier.compactMap(\.self)
    return known.count == earlier.count ? known.max() : nil
  }

  private static func percent(_ part: Double, of whole: Double) -> Double? {
    whole > 0 ? part / whole * 100 : nil
  }

  private static func notes(on series: ScoreTable.Series, _ stages: [Stage]) -> [String] {
    var notes: [String] = []
    if stages.contains(where: { $0.score == nil }) {
      notes.append("FG is not defined: not every stage between the first and the last is given")
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
