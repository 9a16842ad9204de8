/// The encoder of a model that has one.
struct EncoderPass {
  private var pass: EncoderBranchPass

  /// `nil` for a model without an encoder.
  init?(_ network: Network, blockRows: Int) {
    guard let shape = network.architecture.encoder else { return nil }
    let branch = NetworkTree.EncoderBranch(
      network: 0, layers: shape.layers.indices, children: [], root: 0)
    pass = EncoderBranchPass(branch, [network], blockRows: blockRows)
  }

  /// Reads contexts, and keeps what layers of the decoder make of the result.
  ///
  /// - Parameters:
  ///   - contexts: The tokens of each.
  ///   - tables: What is looked up by position.
  /// - Returns: What it found, each context by itself.
  /// - Throws: `CheckpointError` for a tensor that cannot be decoded.
  mutating func run(_ contexts: [[Int]], tables: PositionTables) throws -> EncoderMemory? {
    var found: EncoderMemory?
    try pass.run(contexts, tables: tables, keeps: true) { found = $1 }
    return found
  }
}
