import Synchronization

/// What an encoder found for the contexts of a batch.
final class EncoderMemory: Sendable {
  /// Rows of [hidden], all contexts one behind the other.
  let rows: FloatBuffer
  /// The rows of each context.
  let contexts: [Range<Int>]
  private let kept = Mutex<[Int: KeysAndValues]>([:])
  private let keeps: Bool

  /// What cross-attention of one layer makes of the rows.
  struct KeysAndValues: Sendable {
    /// Rows of [key heads · d].
    let keys, values: FloatBuffer
  }

  /// Takes what the encoder found.
  ///
  /// - Parameters:
  ///   - rows: Rows of [hidden].
  ///   - lengths: How many of them each context has.
  ///   - keeps: Whether keys and values are kept for the next time that a layer asks.
  init(rows: FloatBuffer, lengths: [Int], keeps: Bool) {
    self.rows = rows
    self.keeps = keeps
    var start = 0
    contexts = lengths.map { length in
      defer { start += length }
      return start..<start + length
    }
  }

  /// How many rows all contexts have.
  var rowCount: Int { contexts.last?.upperBound ?? 0 }

  /// The longest context.
  var longest: Int { contexts.reduce(0) { max($0, $1.count) } }

  /// The keys and values of a layer: those that were kept, or new ones.
  func keysAndValues(layer: Int, _ make: () -> KeysAndValues) -> KeysAndValues {
    guard keeps else { return make() }
    return kept.withLock { kept in
      if let known = kept[layer] { return known }
      let made = make()
      kept[layer] = made
      return made
    }
  }
}
