/// What an adapter does to one tensor of its base.
///
/// The steps stand in their order, and each may be absent. The tensors are those of the adapter's
/// file.
struct WeightEdit {
  /// Takes the place of the base's values.
  var replacement: TensorInfo?
  /// Takes the place of some rows.
  var rows: Rows?
  /// Is added.
  var product: Product?
  /// The length that each output's weights have in the end (DoRA).
  var magnitude: TensorInfo?
  /// Is multiplied with: one factor for each output, or for each input (IA3).
  var factors: TensorInfo?
  /// Is added with a scale: the bias of a product.
  var addend: (tensor: TensorInfo, scale: Float)?

  /// Whether nothing is wrong if the base has no such tensor.
  var isOptional = false

  /// Rows that were trained by themselves.
  struct Rows {
    var indices: [Int]
    var values: TensorInfo
  }

  /// A scaled product of two thin matrices.
  struct Product {
    /// Maps outputs to the rank: B.
    var outputs: Factor
    /// Maps inputs to the rank: A.
    var inputs: Factor
    var scale: Float
    /// Whether the rows of the weights are the inputs; `nil` where only their shape tells.
    var hasInputRows: Bool?
  }

  /// One of the two matrices of a product.
  struct Factor {
    var tensor: TensorInfo
    /// Whether the rank is the outer axis.
    var isRankOuter: Bool

    var rank: Int { isRankOuter ? tensor.rowCount : tensor.rowElements }
    var size: Int { isRankOuter ? tensor.rowElements : tensor.rowCount }
  }

  /// Whether the values are those of the adapter's file as they are stored.
  var isReplacement: Bool {
    replacement != nil && rows == nil && product == nil && magnitude == nil && factors == nil
      && addend == nil
  }

  /// Whether a product is added and nothing else is done.
  var isProduct: Bool {
    product != nil && replacement == nil && rows == nil && magnitude == nil && factors == nil
      && addend == nil
  }
}
