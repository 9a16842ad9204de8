/// Where the fields of a configuration are read from: `config.json` or GGUF metadata.
protocol ConfigKeys {
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
  static let width = 1...(1 << 24)
  static let vocabulary = 1...(1 << 28)
  static let context = 1...(1 << 40)
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
}

/// The names of the fields that both sources have.
struct ConfigNames {
  var layerCount, hiddenSize, intermediateSize, headCount, keyValueHeadCount: String
  var headDimension, contextLength, normEpsilon: String
}

extension ModelConfig {
  /// Reads and checks the fields that both sources have; the others keep their defaults.
  init(
    _ keys: some ConfigKeys, names: ConfigNames, vocabularySize: Int, defaultContextLength: Int,
    defaultEpsilon: Double
  ) throws(CheckpointError) {
    let hiddenSize = try keys.size(names.hiddenSize, in: ConfigBounds.width)
    let headCount = try keys.size(names.headCount, in: ConfigBounds.heads)
    let keyValueHeadCount =
      try keys.optionalSize(names.keyValueHeadCount, in: ConfigBounds.heads) ?? headCount
    guard headCount % keyValueHeadCount == 0 else {
      throw keys.invalid(
        names.keyValueHeadCount, "\(keyValueHeadCount)",
        expected: "a divisor of the \(headCount) heads")
    }
    let ownHeadDimension = try keys.optionalSize(names.headDimension, in: ConfigBounds.width)
    guard ownHeadDimension != nil || hiddenSize % headCount == 0 else {
      throw keys.invalid(
        names.headCount, "\(headCount)", expected: "a divisor of the hidden size \(hiddenSize)")
    }
    let headDimension = ownHeadDimension ?? hiddenSize / headCount
    guard headDimension % 2 == 0 else {
      throw keys.invalid(names.headDimension, "\(headDimension)", expected: "an even number")
    }
    self.init(
      layerCount: try keys.size(names.layerCount, in: ConfigBounds.layers),
      hiddenSize: hiddenSize,
      intermediateSize: try keys.size(names.intermediateSize, in: ConfigBounds.width),
      headCount: headCount, keyValueHeadCount: keyValueHeadCount, headDimension: headDimension,
      vocabularySize: vocabularySize,
      contextLength: try keys.optionalSize(names.contextLength, in: ConfigBounds.context)
        ?? defaultContextLength,
      normalization: Normalization(
        kind: .rms, epsilon: try keys.positive(names.normEpsilon) ?? defaultEpsilon))
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
}
