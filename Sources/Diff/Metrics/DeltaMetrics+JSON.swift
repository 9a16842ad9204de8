public import Core
public import OrderedCollections

extension DeltaMetrics {
  /// The metrics as the members of a JSON object; what does not exist is `null`.
  public var members: OrderedDictionary<String, JSONValue> {
    [
      "element_count": .integer(elementCount),
      "l2_base": .number(l2Base),
      "l2_other": .number(l2Other),
      "l2_delta": .number(l2Delta),
      "relative_l2": JSONValue(relativeL2),
      "cosine": JSONValue(cosine),
      "max_abs": .number(maxAbs),
      "max_abs_index": JSONValue(maxAbsIndex),
      "mean_delta": .number(meanDelta),
      "rms_delta": .number(rmsDelta),
      "identical_fraction": .number(identicalFraction),
      "unchanged_fraction": .number(unchangedFraction),
      "sign_flip_fraction": .number(signFlipFraction),
      "non_finite_count": .integer(nonFiniteCount),
      "noise_floor": JSONValue(noiseFloor),
    ]
  }
}
