import Foundation

extension ConfigFile {
  /// What a family of models takes where its configuration says nothing of rotations.
  struct RotaryDefaults {
    /// The base of the frequencies.
    var theta = 10_000.0
    /// The share of a head that is rotated.
    var share = 1.0
    /// The key of the base beside the object of rotary numbers.
    var thetaKey = "rope_theta"
    /// The key of the share beside the object of rotary numbers.
    var shareKey = "partial_rotary_factor"
    /// Whether `rope_scaling` beside the base counts.
    var hasOldScaling = true
    /// Whether the type `yarn` is another name of `longrope`.
    var meansLongRopeByYarn = false
  }

  /// Reads `rope_parameters` (transformers 5), or `rope_theta` and `rope_scaling` (4).
  ///
  /// Where `rope_parameters` has a part for each kind of layer, that of `layerKind` counts.
  func rotary(
    headDimension: Int, contextLength: Int, layerKind: String? = nil,
    defaults: RotaryDefaults = RotaryDefaults()
  ) throws(CheckpointError) -> ModelConfig.RotaryPositions {
    let old = defaults.hasOldScaling ? try object("rope_scaling") : nil
    let new = try object("rope_parameters")
    var inner = new ?? old
    if let layerKind, let part = try inner?.object(layerKind) { inner = part }
    let theta = try inner?.positive("rope_theta")
    let outerTheta = try positive(defaults.thetaKey)
    let share = try inner?.share("partial_rotary_factor")
    let outerShare = try self.share(defaults.shareKey)
    let shareKey = share == nil ? defaults.shareKey : "partial_rotary_factor"
    let rotated = Int(Double(headDimension) * (share ?? outerShare ?? defaults.share))
    let dimension = try rotaryDimension(rotated, ofHead: headDimension, key: shareKey)
    let scaling = try inner?.rotaryScaling(
      contextLength: contextLength,
      firstContextLength: optionalSize(
        "original_max_position_embeddings", in: ConfigBounds.context),
      pairCount: dimension / 2, meansLongRopeByYarn: defaults.meansLongRopeByYarn)
    let rotary = ModelConfig.RotaryPositions(
      dimension: dimension, theta: theta ?? outerTheta ?? defaults.theta, scaling: scaling)
    try check(rotary, key: theta == nil ? defaults.thetaKey : "rope_theta")
    return rotary
  }

  /// A share of a whole.
  private func share(_ key: String) throws(CheckpointError) -> Double? {
    guard let share = try positive(key) else { return nil }
    guard share <= 1 else { throw invalid(key, "\(share)", expected: "at most 1") }
    return share
  }

  /// The stretching that this object of rotary numbers describes; `nil` for none.
  private func rotaryScaling(
    contextLength: Int, firstContextLength: Int?, pairCount: Int, meansLongRopeByYarn: Bool
  ) throws(CheckpointError) -> ModelConfig.RotaryScaling? {
    let newType = try string("rope_type")
    let oldType = try string("type")
    // What stands beside the object goes before what stands in it.
    var first: Int {
      get throws(CheckpointError) {
        let own = try optionalSize("original_max_position_embeddings", in: ConfigBounds.context)
        return firstContextLength ?? own ?? contextLength
      }
    }
    switch newType ?? oldType ?? "default" {
    case "default": return nil
    case "linear": return .linear(factor: try stretch("factor"))
    case "dynamic":
      guard pairCount > 1 else { return .other("dynamic") }
      return .dynamic(factor: try stretch("factor"), contextLength: contextLength)
    case "llama3": return .llama3(try llama3Scaling(contextLength: first))
    case "yarn" where !meansLongRopeByYarn:
      return .yarn(try yarnScaling(contextLength: first, longContextLength: contextLength))
    case "longrope", "su", "yarn":
      return .longRope(
        try longRopeScaling(
          contextLength: first, longContextLength: contextLength, pairCount: pairCount))
    case let other: return .other(other)
    }
  }

  /// A number above 0 that must be there.
  private func stretch(_ key: String) throws(CheckpointError) -> Double {
    guard let value = try positive(key) else { throw error(.missingKey(key), key: key) }
    return value
  }

  private func llama3Scaling(
    contextLength: Int
  ) throws(CheckpointError) -> ModelConfig.Llama3Scaling {
    let low = try stretch("low_freq_factor")
    let high = try stretch("high_freq_factor")
    guard high > low else {
      throw invalid("high_freq_factor", "\(high)", expected: "more than 'low_freq_factor' \(low)")
    }
    return ModelConfig.Llama3Scaling(
      factor: try stretch("factor"), lowFrequencyFactor: low, highFrequencyFactor: high,
      contextLength: contextLength)
  }

  private func yarnScaling(
    contextLength: Int, longContextLength: Int
  ) throws(CheckpointError) -> ModelConfig.YarnScaling {
    let factor = try positive("factor") ?? Double(longContextLength) / Double(contextLength)
    let stated = try positive("attention_factor")
    let top = try number("mscale") ?? 0
    let bottom = try number("mscale_all_dim") ?? 0
    let isRatio = top != 0 && bottom != 0
    let attentionFactor =
      stated ?? ModelConfig.YarnScaling.attentionFactor(factor, scale: isRatio ? top : 1)
      / (isRatio ? ModelConfig.YarnScaling.attentionFactor(factor, scale: bottom) : 1)
    return ModelConfig.YarnScaling(
      factor: factor, contextLength: contextLength, fastBeta: try positive("beta_fast") ?? 32,
      slowBeta: try positive("beta_slow") ?? 1, attentionFactor: attentionFactor,
      isTruncated: try bool("truncate") ?? true)
  }

  private func longRopeScaling(
    contextLength: Int, longContextLength: Int, pairCount: Int
  ) throws(CheckpointError) -> ModelConfig.LongRopeScaling {
    guard contextLength > 1 else {
      let key = "original_max_position_embeddings"
      throw invalid(key, "\(contextLength)", expected: "more than 1")
    }
    let stated = try positive("attention_factor")
    let factor = try positive("factor") ?? Double(longContextLength) / Double(contextLength)
    let derived = factor <= 1 ? 1 : (1 + log(factor) / log(Double(contextLength))).squareRoot()
    return ModelConfig.LongRopeScaling(
      divisors: .init(
        short: try positives("short_factor", count: pairCount),
        long: try positives("long_factor", count: pairCount)),
      contextLength: contextLength, attentionFactor: stated ?? derived)
  }

  /// Numbers above 0 of which so many must be there.
  private func positives(_ key: String, count: Int) throws(CheckpointError) -> [Double] {
    guard let numbers = try numbers(key) else { throw error(.missingKey(key), key: key) }
    guard numbers.count == count, numbers.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw invalid(
        key, "\(numbers.count) numbers", expected: "\(count) numbers above 0, one for each pair")
    }
    return numbers
  }
}

extension ModelConfig.YarnScaling {
  /// What YaRN multiplies sines and cosines by, where nothing else is said.
  static func attentionFactor(_ factor: Double, scale: Double = 1) -> Double {
    factor <= 1 ? 1 : 0.1 * scale * log(factor) + 1
  }
}
