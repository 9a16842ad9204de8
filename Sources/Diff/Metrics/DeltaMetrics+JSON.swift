public import Core
public import OrderedCollections

extension DeltaMetrics {
  /// The keys of ``members`` where quantiles were not asked for.
  public static let keys = Array(DeltaMetrics(PairSums(hasSketch: false)).members.keys)

  /// The metrics as the members of a JSON object; what does not exist is `null`.
  ///
  /// `quantiles` is there only where they were asked for.
  public var members: OrderedDictionary<String, JSONValue> {
    guard let quantiles else { return sums }
    return sums.merging(["quantiles": quantiles.json]) { own, _ in own }
  }

  private var sums: OrderedDictionary<String, JSONValue> {
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
      "noise_floor_reason": JSONValue(noiseFloorReason),
    ]
  }
}

extension DeltaQuantiles {
  /// The key of a fraction: `p95` for 0.95 and `p50` for 0.5.
  static func key(of fraction: Double) -> String {
    let digits = "\(fraction)".dropFirst("0.".count)
    return "p" + digits + (digits.count < 2 ? "0" : "")
  }

  /// An object with the quantiles of both by their fractions, such as `p95`, and their error.
  var json: JSONValue {
    func object(_ values: [Double?]) -> JSONValue {
      .object(
        OrderedDictionary(
          uniqueKeysWithValues: zip(Self.fractions, values).map { fraction, value in
            (Self.key(of: fraction), JSONValue(value))
          }))
    }
    return [
      "abs_delta": object(absoluteDeltas),
      "relative_delta": object(relativeDeltas),
      "relative_error": .number(Self.relativeError),
    ]
  }
}
