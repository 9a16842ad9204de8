public import Core
import OrderedCollections
import Statistics

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
      "task_paths": .array(plan.taskPaths.map(JSONValue.string)),
      "findings": .array(findings.map(\.json)),
      "series": .array(series.map(\.json)),
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
      "associations": .array(associations.associations.map(\.json)),
      "association_stage_count": .integer(associations.stageCount),
      "association_test_count": .integer(associations.testCount),
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

  private func axisScoreJSON(_ name: String, _ score: AxisScore) -> JSONValue {
    [
      "axis": .string(name),
      "score": .number(score.value),
      "standard_error": .optional(score.standardError),
      "chance": .optional(score.chance),
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

extension StageDrift {
  var json: JSONValue {
    [
      "from_base": Self.json(fromBase),
      "from_previous": Self.json(fromPrevious),
      "turn_cosine": .optional(turnCosine),
      "notes": .array(notes.map(JSONValue.string)),
    ]
  }

  private static func json(_ parts: OrderedDictionary<DriftPlace, DriftValues>) -> JSONValue {
    .array(
      parts.map { place, values in
        [
          "level": .string(place.level.rawValue),
          "name": .string(place.name),
          "element_count": .integer(values.elementCount),
          "l2_delta": .number(values.l2),
          "relative_l2": .optional(values.relativeL2),
          "cosine": .optional(values.cosine),
          "identical_fraction": .number(values.identicalFraction),
        ]
      })
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

extension Association {
  var json: JSONValue {
    [
      "axis": .string(axis),
      "level": .string(place.level.rawValue),
      "name": .string(place.name),
      "measure": .string(measure.rawValue),
      "reference": .string(reference.rawValue),
      "n": .integer(stageCount),
      "spearman": .optional(spearman?.coefficient),
      "spearman_p": .optional(spearman?.pValue),
      "spearman_p_adjusted": .optional(spearmanAdjustedPValue),
      "pearson": .optional(pearson?.coefficient),
      "pearson_p": .optional(pearson?.pValue),
      "pearson_p_adjusted": .optional(pearsonAdjustedPValue),
      "smallest_p": .optional(spearman?.smallestPValue),
      "order_count": .optional(spearman?.orderCount),
      "is_exact": .optional(spearman.map { $0.seed == nil }),
      "seed": .optional(spearman?.seed.map { Int(clamping: $0) }),
      "drift_with_stage": .optional(driftWithStage),
      "drop_with_stage": .optional(dropWithStage),
      "confounded_by_stage": .bool(isConfoundedByStage),
      "claim_allowed": .bool(allowsClaim),
    ]
  }
}
