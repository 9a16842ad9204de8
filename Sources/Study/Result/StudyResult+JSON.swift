public import Core
import OrderedCollections
import Probe

extension StudyResult {
  /// The `study` document: everything, unrounded.
  public var json: JSONValue {
    [
      "schema_version": 1,
      "name": .string(plan.name),
      "created_at": .string(provenance.createdAt),
      "lethe_version": .string(provenance.version),
      "command": .string(provenance.command),
      "numerics": .string(provenance.numerics),
      "num_fewshot": .optional(plan.fewshotCount),
      "limit": .optional(plan.limit),
      "sample": .optional(plan.sampleSize),
      "protocol": .string(plan.rules.rawValue),
      "task_paths": .array(plan.taskPaths.map(JSONValue.string)),
      "findings": .array(findings.map(\.json)),
      "problems": .array(problems.map(\.json)),
      "league": league.json,
      "series": .array(series.map(\.json)),
      "contrasts": .array(contrasts.map(\.json)),
    ]
  }
}

extension Finding {
  var json: JSONValue {
    ["text": .string(text), "certainty": .string(certainty.rawValue)]
  }
}

extension SeriesResult {
  var json: JSONValue {
    [
      "name": .string(name),
      "checkpoints": .array(checkpoints.map(\.json)),
      "axes": .array(axes.map(axisJSON)),
      "new_tasks": .array(newTasks.map(JSONValue.string)),
      "stages": .array(scores.indices.map(stageJSON)),
      "forgetting": forgetting.json,
      "learning": .array(learning.map(\.json)),
      "learning_summary": learningSummary?.json ?? .null,
      "restorations": .array(restorations.map { $0.json(axes: axes.map(\.name)) }),
    ]
  }

  private func axisJSON(_ axis: Axis) -> JSONValue {
    [
      "name": .string(axis.name),
      "kind": .string(axis.kind.rawValue),
      "tasks": .array(axis.tasks.map(JSONValue.string)),
    ]
  }

  /// One checkpoint: its scores, and unless it is the base, its drift.
  private func stageJSON(_ index: Int) -> JSONValue {
    let drift = index > 0 ? self.drift[index - 1] : nil
    return [
      "stage": .integer(index),
      "name": .string(checkpoints[index].name),
      "scores": .array(scores[index].tasks.map(\.json)),
      "axes": .array(
        axes.map { axis in axisScoreJSON(axis.name, scores(of: axis)[index]) }),
      "drift": drift?.json ?? .null,
    ]
  }

  private func axisScoreJSON(_ name: String, _ score: AxisScore?) -> JSONValue {
    [
      "axis": .string(name),
      "score": .optional(score?.value),
      "standard_error": .optional(score?.standardError),
      "chance": .optional(score?.chance),
    ]
  }
}

extension CheckpointIdentity {
  var json: JSONValue {
    [
      "name": .string(name),
      "path": .string(path),
      "format": .string(format),
      "architecture": .optional(architecture),
      "parameter_count": .integer(parameterCount),
      "byte_count": .integer(byteCount),
      "dtypes": .object(dtypes.mapValues(JSONValue.integer)),
      "content_hash": .optional(contentHash),
    ]
  }
}

extension TaskScore {
  var json: JSONValue {
    [
      "task": .string(task),
      "metric": .string(metric),
      "score": .number(value),
      "standard_error": .optional(standardError),
      "chance": .optional(chance),
      "item_count": .integer(itemCount),
    ]
  }
}

extension LearningSummary {
  var json: JSONValue {
    [
      "task_count": .integer(taskCount),
      "plasticity_points": .estimate(plasticityPoints),
      "bwt_points": .estimate(bwtPoints),
      "chaudhry_forgetting_points": .estimate(forgettingPoints),
      "final_score": .estimate(finalScore),
    ]
  }
}

extension SeriesContrast {
  var json: JSONValue {
    [
      "name": .string(name),
      "series": .array(series.map(JSONValue.string)),
      "rows": .array(rows.map(\.json)),
      "findings": .array(findings.map(\.json)),
    ]
  }
}

extension SeriesContrast.Row {
  var json: JSONValue {
    [
      "axis": .string(axis),
      "reference": .string(reference),
      "series": .string(series),
      "fg_difference_points": .estimate(fgDifference),
      "final_drop_difference_points": .estimate(finalDropDifference),
      "chance_corrected_fg_difference_points": .estimate(chanceCorrectedDifference),
    ]
  }
}

extension StudyProblem {
  var json: JSONValue {
    [
      "series": .optional(series), "checkpoint": .optional(checkpoint),
      "task": .optional(task), "message": .string(message),
    ]
  }
}

extension Learning {
  var json: JSONValue {
    [
      "task": .string(task),
      "stage": .optional(stage),
      "chance": .optional(chance),
      "base": .number(base),
      "before": .optional(before),
      "after": .optional(after),
      "final": .number(final),
      "gain_points": .optional(gainPoints),
      "afterwards_points": .optional(afterwardsPoints),
    ]
  }
}
