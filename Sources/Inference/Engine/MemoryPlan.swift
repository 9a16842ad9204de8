import Core

/// What the memory of a run is used for, in bytes.
///
/// Weights come first: those that are kept need not be read and packed again. Then the positions that
/// later rows stand on, then rows.
struct MemoryPlan: Sendable, Equatable {
  /// Packed weights that stay in memory.
  var keptWeights: Int
  /// Packed weights that are in memory for as long as rows go through them.
  var passingWeights: Int
  /// Keys and values.
  var positions: Int
  /// The rows of a batch.
  var rows: Int
  /// What one block of rows is worked on in.
  var scratch: Int
  /// How many rows a batch has.
  var batchRows: Int
  /// Whether keys and values of all layers are kept from batch to batch.
  var keepsPositions: Bool

  /// All of it.
  var total: Int { keptWeights + passingWeights + positions + rows + scratch }

  /// How much memory packed weights may take.
  var weightBudget: Int { keptWeights + 2 * passingWeights }

  /// How many rows a batch has where all weights are kept, so that nothing is gained by more.
  private static let fewRows = 4096
  /// How many rows a batch has however little memory there is.
  private static let fewestRows = 48
  /// How many rows a batch has at most.
  private static let manyRows = 1 << 17

  /// Plans a run.
  ///
  /// - Parameters:
  ///   - networks: The models.
  ///   - networkTree: What they have in common.
  ///   - tree: What they are asked.
  ///   - budget: How much memory there is, in bytes.
  init(_ networks: [Network], _ networkTree: NetworkTree, _ tree: PromptTree, budget: Int) {
    let demand = Demand(networks, networkTree, tree)
    scratch = demand.scratch
    let available = budget - scratch
    let few = min(max(Self.fewRows, demand.longest), max(tree.sharedRowCount, 1))
    let fewBytes = few * demand.row
    let keepsAll = demand.weights + demand.allPositions + fewBytes <= available
    if keepsAll || demand.weights + demand.onePosition + fewBytes <= available {
      keepsPositions = keepsAll
      (keptWeights, passingWeights) = (demand.weights, 0)
      // Without positions, a batch must be long beside the path that goes through again with it.
      let left = available - demand.weights - demand.onePosition
      batchRows = keepsAll ? few : max(few, min(8 * demand.longest, left / max(demand.row, 1)))
    } else {
      let left = max(0, available - 2 * demand.largestLayer)
      keepsPositions = demand.allPositions <= left / 4
      let own = keepsPositions ? demand.allPositions : demand.onePosition
      batchRows = max(
        Self.fewestRows,
        min(Self.manyRows, max(0, left - own) / 2 / max(demand.row, 1), tree.sharedRowCount))
      passingWeights = demand.largestLayer
      keptWeights = max(0, min(demand.weights, left - own - batchRows * demand.row))
    }
    positions = keepsPositions ? demand.allPositions : demand.onePosition
    rows = batchRows * demand.row
  }

  /// What models and their requests need.
  private struct Demand {
    /// All packed weights.
    let weights: Int
    /// The packed weights of the largest layer, or of the head.
    let largestLayer: Int
    /// Keys and values of one layer, and of all.
    let onePosition, allPositions: Int
    /// A row of a batch.
    let row: Int
    let scratch: Int
    /// The longest sequence.
    let longest: Int

    init(_ networks: [Network], _ networkTree: NetworkTree, _ tree: PromptTree) {
      let network = networks[0]
      let architecture = network.architecture
      weights = PackedMatrix.byteCount(networks.flatMap(\.weights.matrices).joined())
      largestLayer = network.weights.matrices.map { PackedMatrix.byteCount($0) }.max() ?? 0
      longest = tree.longestSequence
      let sizes = network.positionByteCounts(capacity: longest)
      onePosition = (sizes.max() ?? 0) * networkTree.branchCount
      allPositions = networkTree.roots.reduce(0) { $0 + Self.positions($1, sizes) }
      // The row, its copies, the row behind the last layer, and where there is an encoder its keys
      // and values.
      let cross = architecture.decoder.layers.compactMap(\.crossAttention).first
      row =
        4
        * ((2 + networkTree.copyCount) * architecture.hiddenSize + 2 * (cross?.keyWidth ?? 0))
        + 64
      scratch = network.scratchByteCount(blockRows: ForwardPass.blockRows)
    }

    private static func positions(_ branch: NetworkTree.Branch, _ sizes: [Int]) -> Int {
      sizes[branch.layers].reduce(0, +)
        + branch.children.reduce(0) { $0 + positions($1, sizes) }
    }
  }
}
