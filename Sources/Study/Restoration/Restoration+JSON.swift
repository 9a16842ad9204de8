public import Core
import OrderedCollections

extension Restoration {
  /// The restoration as a part of the `study` document, unrounded.
  ///
  /// - Parameter axes: The names of the study's axes, in their order.
  /// - Returns: All numbers, shares as fractions of 1.
  public func json(axes: [String]) -> JSONValue {
    [
      "stage": .integer(stage),
      "name": .string(stageName),
      "base": Self.scores(axes, baseScores, baseNewScore),
      "tuned": Self.scores(axes, tunedScores, tunedNewScore),
      "lost": .estimate(lost),
      "learned": .estimate(learned),
      "trials": .array(trials.map { Self.json($0, axes) }),
      "search": search.map(Self.json) ?? .null,
      "draw_count": .integer(RestorationDraws.drawCount),
      "seed": .integer(Int(clamping: RestorationDraws.seed)),
      "notes": .array(notes.map(JSONValue.string)),
    ]
  }

  private static func json(_ trial: Trial, _ axes: [String]) -> JSONValue {
    [
      "kind": .string(trial.kind.rawValue),
      "name": .string(trial.name),
      "alpha": .number(trial.alpha),
      "layers": .array(trial.layers.map(JSONValue.string)),
      "scores": scores(axes, trial.axisScores, trial.newScore),
      "returned": .estimate(trial.returned),
      "returned_among_all": .interval(trial.returnedAmongAll),
      "lead_share": .optional(trial.leadShare),
      "returned_by_axis": .array(
        zip(axes, trial.returnedByAxis).map { axis, returned in
          ["axis": .string(axis), "returned": .estimate(returned)]
        }),
      "gain": .estimate(trial.gain),
      "skill_lost": .estimate(trial.skillLost),
    ]
  }

  private static func json(_ search: Search) -> JSONValue {
    [
      "target": .number(search.target),
      "layers": .array(search.layers.map(JSONValue.string)),
      "is_reached": .bool(search.isReached),
      "returned_on_choosing_items": .optional(search.returnedOnChoosing),
      "returned_on_checking_items": .estimate(search.returned),
      "choosing_item_count": .integer(search.itemCounts.choosing),
      "checking_item_count": .integer(search.itemCounts.checking),
    ]
  }

  private static func scores(
    _ axes: [String], _ scores: [Double], _ newScore: Double?
  ) -> JSONValue {
    [
      "axes": .array(
        zip(axes, scores).map { axis, score in
          ["axis": .string(axis), "score": score.isFinite ? .number(score) : .null]
        }),
      "new_tasks": .optional(newScore),
    ]
  }
}
