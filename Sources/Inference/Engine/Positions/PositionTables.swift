/// Everything that a run looks up by position, for sequences up to a length.
struct PositionTables: Sendable {
  /// How many positions there are.
  let positionCount: Int
  /// One for each of the architecture's rotary positions.
  let rotaries: [RotaryTable]
  let encoderBias, decoderBias: PositionBiasTable?

  init(_ network: Network, positionCount: Int) {
    let (architecture, weights) = (network.architecture, network.weights)
    self.positionCount = positionCount
    rotaries = architecture.rotaries.map { RotaryTable($0, positionCount: positionCount) }
    encoderBias = Self.bias(architecture.encoder, weights.encoder, positionCount)
    decoderBias = Self.bias(architecture.decoder, weights.decoder, positionCount)
  }

  /// No positions.
  static let none = PositionTables()

  private init() { (positionCount, rotaries, encoderBias, decoderBias) = (0, [], nil, nil) }

  private static func bias(
    _ shape: Architecture.Stack?, _ weights: ModelWeights.Stack?, _ positionCount: Int
  ) -> PositionBiasTable? {
    switch shape?.positionBias {
    case nil: nil
    case .alibi(let slopes, let factor, let isRounded):
      PositionBiasTable(
        slopes: slopes, factor: factor, isRoundedToBFloat16: isRounded,
        positionCount: positionCount)
    case .relative(let buckets):
      weights?.relativeBias.map {
        PositionBiasTable(
          buckets, learned: $0, headCount: $0.count / buckets.count, positionCount: positionCount)
      }
    }
  }

  /// Whether a sequence of this length can use the tables.
  func serve(length: Int, _ architecture: Architecture) -> Bool {
    length <= positionCount
      && architecture.rotaries.allSatisfy {
        $0.lastLength(like: length) == $0.lastLength(like: positionCount)
      }
  }

  /// Makes room for a sequence of this length, and where the same numbers serve it, for as many
  /// positions as it may grow to.
  mutating func make(length: Int, capacity: Int, _ network: Network) {
    let architecture = network.architecture
    let limit = architecture.rotaries.map { $0.lastLength(like: length) }.min() ?? .max
    let needed = max(length, min(capacity, limit))
    guard !serve(length: needed, architecture) else { return }
    self = PositionTables(network, positionCount: needed)
  }
}
