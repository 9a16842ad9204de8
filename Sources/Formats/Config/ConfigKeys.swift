/// Where the fields of a configuration are read from: `config.json` or GGUF metadata.
protocol ConfigKeys {
  /// Whether there is such a key, whatever its value.
  func holds(_ key: String) -> Bool
  /// The integer of a key; `nil` if there is no such key.
  func integer(_ key: String) throws(CheckpointError) -> Int?
  /// The number of a key; `nil` if there is no such key.
  func number(_ key: String) throws(CheckpointError) -> Double?
  /// An error about a key.
  func error(_ problem: CheckpointError.Problem, key: String) -> CheckpointError
}

/// Bounds that no model comes near; they keep products of sizes far from overflow.
enum ConfigBounds {
  static let layers = 1...100_000
  static let heads = 1...100_000
  static let experts = 1...100_000
  static let width = 1...(1 << 24)
  static let vocabulary = 1...(1 << 28)
  static let context = 1...(1 << 40)
  static let buckets = 4...(1 << 20)
  static let token = 0...(1 << 28)
}

extension ConfigKeys {
  /// A size that must be there.
  func size(_ key: String, in bounds: ClosedRange<Int>) throws(CheckpointError) -> Int {
    guard let size = try optionalSize(key, in: bounds) else {
      throw error(.missingKey(key), key: key)
    }
    return size
  }

  /// A size that may be absent.
  func optionalSize(_ key: String, in bounds: ClosedRange<Int>) throws(CheckpointError) -> Int? {
    guard let size = try integer(key) else { return nil }
    guard bounds.contains(size) else {
      let expected = "\(bounds.lowerBound) to \(bounds.upperBound)"
      throw invalid(key, "\(size)", expected: expected)
    }
    return size
  }

  /// A number above zero that may be absent.
  func positive(_ key: String) throws(CheckpointError) -> Double? {
    guard let number = try number(key) else { return nil }
    guard number > 0, number.isFinite else {
      throw invalid(key, "\(number)", expected: "a number above 0")
    }
    return number
  }

  /// An error about a key's value.
  func invalid(_ key: String, _ value: String, expected: String) -> CheckpointError {
    error(.invalidValue(key: key, value: value, expected: expected), key: key)
  }

  /// The key of several spellings that is there, or else the first.
  private func spelling(_ keys: [String]) -> String { keys.first(where: holds) ?? keys[0] }

  /// A size under one of several spellings, or what counts where there is none.
  fileprivate func size(
    _ keys: [String], in bounds: ClosedRange<Int>, default fallback: Int? = nil
  ) throws(CheckpointError) -> Int {
    let key = spelling(keys)
    if let size = try optionalSize(key, in: bounds) ?? fallback { return size }
    throw error(.missingKey(key), key: key)
  }

  /// A size under one of several spellings; what counts where the key is absent does not count where
  /// it is `null`.
  fileprivate func optionalSize(
    _ keys: [String], in bounds: ClosedRange<Int>, default fallback: Int?
  ) throws(CheckpointError) -> Int? {
    guard !keys.isEmpty else { return fallback }
    let key = spelling(keys)
    return holds(key) ? try optionalSize(key, in: bounds) : fallback
  }
}

/// Under which keys a family of models has what all of them have, each with its spellings, and what
/// counts where there is no such key.
struct ConfigNames {
  var layerCount = ["num_hidden_layers"]
  var hiddenSize = ["hidden_size"]
  var intermediateSize = ["intermediate_size"]
  var headCount = ["num_attention_heads"]
  /// None where there are always as many as query heads.
  var keyValueHeadCount = ["num_key_value_heads"]
  /// None where heads always share the width.
  var headDimension = ["head_dim"]
  var contextLength = ["max_position_embeddings"]
  var normEpsilon = ["rms_norm_eps"]
  var vocabularySize = ["vocab_size"]

  var defaultIntermediateShare: Int?
  var defaultHeadCount: Int?
  var defaultKeyValueHeadCount: Int?
  var defaultHeadDimension: Int?
  var defaultContextLength = 2048
  var defaultEpsilon = 1e-6
  var defaultVocabularySize: Int?
}

extension ModelConfig {
  /// Reads and checks what all configurations have; the rest is what the family has always.
  init(
    _ keys: some ConfigKeys, _ family: ModelFamily, names: ConfigNames
  ) throws(CheckpointError) {
    let vocabularySize = try keys.size(
      names.vocabularySize, in: ConfigBounds.vocabulary, default: names.defaultVocabularySize)
    let hiddenSize = try keys.size(names.hiddenSize, in: ConfigBounds.width)
    let headCount = try keys.size(
      names.headCount, in: ConfigBounds.heads, default: names.defaultHeadCount)
    let keyValueHeadCount =
      try keys.optionalSize(
        names.keyValueHeadCount, in: ConfigBounds.heads, default: names.defaultKeyValueHeadCount)
      ?? headCount
    guard headCount % keyValueHeadCount == 0 else {
      throw keys.invalid(
        names.keyValueHeadCount.first ?? "", "\(keyValueHeadCount)",
        expected: "a divisor of the \(headCount) heads")
    }
    let ownHeadDimension = try keys.optionalSize(
      names.headDimension, in: ConfigBounds.width, default: names.defaultHeadDimension)
    guard ownHeadDimension != nil || hiddenSize % headCount == 0 else {
      throw keys.invalid(
        names.headCount[0], "\(headCount)", expected: "a divisor of the hidden size \(hiddenSize)")
    }
    self.init(
      layerCount: try keys.size(names.layerCount, in: ConfigBounds.layers),
      hiddenSize: hiddenSize,
      intermediateSize: try keys.size(
        names.intermediateSize, in: ConfigBounds.width,
        default: names.defaultIntermediateShare.map { $0 * hiddenSize }),
      headCount: headCount, keyValueHeadCount: keyValueHeadCount, headDimension: ownHeadDimension,
      vocabularySize: vocabularySize,
      contextLength: try keys.size(
        names.contextLength, in: ConfigBounds.context, default: names.defaultContextLength))
    normalization.epsilon = try names.epsilon(keys) ?? names.defaultEpsilon
    family.setTraits(&self)
    // Falcon may do without rotations, as its other fields tell.
    if case .rotary = positions, family != .falcon, headDimension % 2 != 0 {
      throw keys.invalid(
        names.headDimension.first ?? names.headCount[0], "\(headDimension)",
        expected: "an even number")
    }
  }
}

extension ConfigNames {
  fileprivate func epsilon(_ keys: some ConfigKeys) throws(CheckpointError) -> Double? {
    for name in normEpsilon {
      if let epsilon = try keys.positive(name) { return epsilon }
    }
    return nil
  }
}

extension ConfigKeys {
  /// Checks how many of a head's elements are rotated.
  func rotaryDimension(
    _ dimension: Int, ofHead headDimension: Int, key: String
  ) throws(CheckpointError) -> Int {
    guard dimension > 0, dimension <= headDimension, dimension % 2 == 0 else {
      throw invalid(
        key, "\(dimension)", expected: "an even number up to the head size \(headDimension)")
    }
    return dimension
  }

  /// Checks that frequencies can be computed.
  ///
  /// YaRN divides by the logarithm of the base.
  func check(_ rotary: ModelConfig.RotaryPositions, key: String) throws(CheckpointError) {
    guard case .yarn = rotary.scaling, rotary.theta <= 1 else { return }
    throw invalid(key, "\(rotary.theta)", expected: "a number above 1")
  }
}
