public import Core

extension ForgettingReport {
  /// The `forgetting` document: `schema_version score_scale axes[] tasks[]`.
  public var json: JSONValue {
    [
      "schema_version": 1,
      "score_scale": .string(scale.rawValue),
      "axes": .array(axes.map(\.json)),
      "tasks": .array(tasks.map(\.json)),
    ]
  }
}

extension Forgetting {
  /// One element of `axes[]` or `tasks[]`.
  public var json: JSONValue {
    [
      "run": .string(run),
      "axis": .string(axis),
      "task": .string(task),
      "task_count": .integer(taskCount),
      "initial": .number(initial),
      "final": .number(final),
      "chance": .optional(chance),
      "initial_at_or_below_chance": .optional(isInitialAtOrBelowChance),
      "fg_percent": .optional(fgPercent),
      "final_drop_percent": .optional(finalDropPercent),
      "chance_corrected_fg_percent": .optional(chanceCorrectedFGPercent),
      "bwt_points": .optional(bwtPoints),
      "chaudhry_forgetting_points": .optional(chaudhryForgettingPoints),
      "stages": .array(stages.map(\.json)),
      "intervals": intervals?.json ?? .null,
      "notes": .array(notes.map(JSONValue.string)),
    ]
  }
}

extension Forgetting.Stage {
  var json: JSONValue {
    [
      "stage": .integer(stage),
      "score": .optional(score),
      "drop_percent": .optional(dropPercent),
      "chance_corrected_drop_percent": .optional(chanceCorrectedDropPercent),
      "step_drop_percent": .optional(stepDropPercent),
      "at_or_below_chance": .optional(isAtOrBelowChance),
    ]
  }
}

extension ForgettingIntervals {
  /// Each interval as its two ends.
  var json: JSONValue {
    [
      "fg_percent": .interval(fgPercent),
      "final_drop_percent": .interval(finalDropPercent),
      "chance_corrected_fg_percent": .interval(chanceCorrectedFGPercent),
      "bwt_points": .interval(bwtPoints),
      "chaudhry_forgetting_points": .interval(chaudhryForgettingPoints),
      "stage_drop_percent": .array(stageDropPercent.map(JSONValue.interval)),
      "scores": .array(scores.map(JSONValue.interval)),
    ]
  }
}
