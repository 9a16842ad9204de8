import Core
import OrderedCollections

extension StageDrift {
  var json: JSONValue {
    [
      "from_base": Self.json(fromBase, .base),
      "from_previous": Self.json(fromPrevious, .previous),
      "turn_cosine": .optional(turnCosine),
      "tokens": .array(detail.tokens.map(\.json)),
      "notes": .array(notes.map(JSONValue.string)),
    ]
  }

  private static func json(
    _ parts: OrderedDictionary<DriftPlace, DriftValues>, _ reference: DriftReference
  ) -> JSONValue {
    .array(
      parts.map { place, values in
        .object(
          OrderedDictionary(
            uniqueKeysWithValues: [
              ("level", .string(place.level.rawValue)), ("name", .string(place.name)),
            ] + values.members(reference)))
      })
  }
}

extension DriftValues {
  /// What `diff` and `drift` call the values, those that a reference has.
  fileprivate func members(_ reference: DriftReference) -> [(String, JSONValue)] {
    let along: [(String, JSONValue)] =
      switch reference {
      case .base: [("path_length", .optional(pathLength))]
      case .previous:
        [
          ("turn_cosine", .optional(turnCosine)),
          ("sign_conflict_fraction", .optional(signConflictFraction)),
        ]
      }
    return [
      ("element_count", .integer(elementCount)), ("l2_delta", .number(l2)),
      ("relative_l2", .optional(relativeL2)), ("cosine", .optional(cosine)),
      ("max_abs", .optional(maxAbs)), ("mean_delta", .optional(meanDelta)),
      ("rms_delta", .optional(rmsDelta)), ("identical_fraction", .number(identicalFraction)),
      ("unchanged_fraction", .optional(unchangedFraction)),
      ("sign_flip_fraction", .optional(signFlipFraction)),
      ("noise_floor", .optional(noiseFloor)),
    ] + along
  }
}
