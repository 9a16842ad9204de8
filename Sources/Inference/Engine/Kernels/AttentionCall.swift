/// What the query rows of one key head share when they attend to it.
struct AttentionCall {
  /// The format of queries, keys, weights and values: f32 or bf16.
  var operand: Operand
  /// Elements of a head.
  var d: Int
  /// Scores are the products of queries and keys times this.
  var scale: Float
  /// Scores s become tanh(s / cap) · cap.
  var softCap: Float?
  /// How many keys a row sees, up to and with the one at its own position.
  var window: Int?
  /// Whether a row sees no key behind its own position.
  var isCausal: Bool
  /// How many keys a row sees that is not causal, before its window.
  var keyCount: Int
  /// For how many positions `keys` and `values` have room.
  var capacity: Int
  var keys: ByteBuffer
  var values: ByteBuffer
  var queries: FloatBuffer
  var output: FloatBuffer
  /// What is added to the scores.
  var bias: FloatBuffer?
}
