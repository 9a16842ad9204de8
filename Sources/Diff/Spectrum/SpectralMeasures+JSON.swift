public import Core
public import OrderedCollections

extension DeltaSpectrum {
  /// The spectrum as a JSON object; what does not exist is `null`.
  public var json: JSONValue {
    [
      "singular_values": .array(singularValues.map(JSONValue.number)),
      "spectral_norm": .number(spectralNorm),
      "stable_rank": JSONValue(stableRank),
      "energy_captured": JSONValue(energyCaptured),
      "rank_90": JSONValue(rank90),
      "rank_90_at_least": .integer(rank90AtLeast),
      "effective_rank": JSONValue(effectiveRank),
      "error_bound": .number(errorBound),
      "method": .string(method.rawValue),
    ]
  }
}

extension SubspaceRotation {
  /// The rotation as a JSON object.
  public var json: JSONValue {
    [
      "dimension": .integer(dimension),
      "left_mean_degrees": .number(leftMeanDegrees),
      "left_max_degrees": .number(leftMaxDegrees),
      "right_mean_degrees": .number(rightMeanDegrees),
      "right_max_degrees": .number(rightMaxDegrees),
    ]
  }
}

extension SpectralMeasures {
  /// The measures as members of a tensor's JSON object: those that were asked for.
  public var members: OrderedDictionary<String, JSONValue> {
    var members: OrderedDictionary<String, JSONValue> = [:]
    if asked.spectrum != nil {
      members["spectrum"] = spectrum?.json ?? .null
      if !expertSpectra.isEmpty {
        members["expert_spectra"] = .array(expertSpectra.map(\.json))
      }
    }
    if asked.intruders {
      members["intruder_count"] = JSONValue(intruderCount)
      members["rotation"] = rotation?.json ?? .null
    }
    if let problem { members["spectrum_problem"] = .string(problem) }
    return members
  }
}
