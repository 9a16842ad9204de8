import Synchronization

/// Where the values of an adapted tensor come from.
struct AdaptedValues {
  /// What stands before the adapter.
  let base: any TensorSource
  /// The adapter's file.
  let weights: Checkpoint
  /// Matrices that many calls need.
  let cache: FactorCache

  /// Computes some elements of a tensor, its rows in the order of Hugging Face checkpoints.
  ///
  /// The bits do not depend on which elements are asked for together.
  func decode(
    _ tensor: AdaptedTensor, _ elements: Range<Int>, into output: inout MutableSpan<Float>
  ) throws(CheckpointError) {
    try decodeSums(tensor, elements, into: &output)
    let edit = tensor.edit
    if edit.magnitude != nil {
      let factors = try outputFactors(of: tensor)
      tensor.multiply(&output, elements, by: factors, forColumns: tensor.hasInputRows)
    }
    if let factors = edit.factors {
      tensor.multiply(
        &output, elements, by: try weights.values(of: factors),
        forColumns: tensor.factorsAreForColumns(factors))
    }
    if let (addend, scale) = edit.addend {
      let values = try weights.values(of: addend, elements: elements)
      for index in values.indices { output[index] += scale * values[index] }
    }
  }

  /// Computes elements as they are before they are multiplied with anything.
  private func decodeSums(
    _ tensor: AdaptedTensor, _ elements: Range<Int>, into output: inout MutableSpan<Float>
  ) throws(CheckpointError) {
    if let replacement = tensor.edit.replacement {
      try weights.decode(replacement, elements: elements, order: .logical, into: &output)
    } else {
      try base.decode(tensor.base, elements: elements, order: .logical, into: &output)
    }
    if let rows = tensor.edit.rows { try replace(rows, of: tensor, elements, in: &output) }
    if let product = tensor.edit.product { try add(product, to: tensor, elements, &output) }
  }

  /// Puts rows that were trained by themselves in their places.
  private func replace(
    _ rows: WeightEdit.Rows, of tensor: AdaptedTensor, _ elements: Range<Int>,
    in output: inout MutableSpan<Float>
  ) throws(CheckpointError) {
    for run in tensor.runs(of: elements) {
      guard let place = tensor.trainedRows[run.row] else { continue }
      let start = place * tensor.columnCount
      let values = try weights.values(
        of: rows.values,
        elements: (start + run.columns.lowerBound)..<(start + run.columns.upperBound))
      for index in values.indices { output[run.position + index] = values[index] }
    }
  }

  /// Adds a product of thin matrices.
  private func add(
    _ product: WeightEdit.Product, to tensor: AdaptedTensor, _ elements: Range<Int>,
    _ output: inout MutableSpan<Float>
  ) throws(CheckpointError) {
    let runs = tensor.runs(of: elements)
    guard let first = runs.first?.row, let last = runs.last?.row else { return }
    let (rowFactor, columnFactor) = tensor.factors(of: product)
    let rank = rowFactor.rank
    let left = try values(of: rowFactor, first..<last + 1, isRankOuter: false)
    let right = try cache.values(columnFactor.tensor.name) { () throws(CheckpointError) in
      try values(of: columnFactor, 0..<columnFactor.size, isRankOuter: true)
    }
    for run in runs {
      let start = (run.row - first) * rank
      LowRankKernel.addRow(
        left: left[start..<(start + rank)], right: right, stride: columnFactor.size,
        columns: run.columns, scale: product.scale, into: &output, at: run.position)
    }
  }

  /// What is added to the base, if it is a product of thin matrices and nothing else is done.
  func lowRankDelta(of tensor: AdaptedTensor) throws(CheckpointError) -> LowRankDelta? {
    guard tensor.edit.isProduct, let product = tensor.edit.product, tensor.info.shape.count == 2
    else { return nil }
    let (rowFactor, columnFactor) = tensor.factors(of: product)
    return LowRankDelta(
      rowCount: rowFactor.size, columnCount: columnFactor.size, rank: rowFactor.rank,
      rowFactors: try values(of: rowFactor, 0..<rowFactor.size, isRankOuter: true),
      columnFactors: try values(of: columnFactor, 0..<columnFactor.size, isRankOuter: true),
      scale: product.scale)
  }

  /// Some of a factor's vectors, with the rank as the outer or the inner axis.
  private func values(
    of factor: WeightEdit.Factor, _ range: Range<Int>, isRankOuter: Bool
  ) throws(CheckpointError) -> [Float] {
    let rank = factor.rank
    guard factor.isRankOuter else {
      let stored = try weights.values(
        of: factor.tensor, elements: (range.lowerBound * rank)..<(range.upperBound * rank))
      return isRankOuter ? stored.transposed(rowCount: range.count) : stored
    }
    var stored: [Float] = []
    stored.reserveCapacity(rank * range.count)
    for row in 0..<rank {
      let start = row * factor.size
      stored += try weights.values(
        of: factor.tensor, elements: (start + range.lowerBound)..<(start + range.upperBound))
    }
    return isRankOuter ? stored : stored.transposed(rowCount: rank)
  }

  /// What DoRA multiplies each output's weights with: magnitude over length.
  private func outputFactors(of tensor: AdaptedTensor) throws(CheckpointError) -> [Float] {
    // Others wait: the length takes all values, which is too much to be done twice.
    try tensor.outputFactors.values.withLock { known throws(CheckpointError) in
      if let known { return known }
      let computed = try computeOutputFactors(of: tensor)
      known = computed
      return computed
    }
  }

  private func computeOutputFactors(
    of tensor: AdaptedTensor
  ) throws(CheckpointError) -> [Float] {
    guard let magnitude = tensor.edit.magnitude else { return [] }
    var squares = [Double](repeating: 0, count: magnitude.elementCount)
    let columns = tensor.columnCount
    let step = max(1, (1 << 16) / max(1, columns)) * columns
    var values: [Float] = []
    for start in stride(from: 0, to: tensor.info.elementCount, by: max(1, step)) {
      let elements = start..<min(start + step, tensor.info.elementCount)
      values = [Float](repeating: 0, count: elements.count)
      var span = values.mutableSpan
      try decodeSums(tensor, elements, into: &span)
      for run in tensor.runs(of: elements) {
        for column in run.columns {
          let value = Double(values[run.position + column])
          squares[tensor.hasInputRows ? column : run.row] += value * value
        }
      }
    }
    return zip(try weights.values(of: magnitude), squares).map { magnitude, square in
      magnitude / Float(square.squareRoot())
    }
  }
}

extension AdaptedTensor {
  /// Elements of one row that follow each other.
  struct Run {
    var row: Int
    var columns: Range<Int>
    /// Where they begin among the elements asked for.
    var position: Int
  }

  /// Which matrix of a product belongs to the rows of the weights, and which to their columns.
  func factors(
    of product: WeightEdit.Product
  ) -> (rows: WeightEdit.Factor, columns: WeightEdit.Factor) {
    hasInputRows ? (product.inputs, product.outputs) : (product.outputs, product.inputs)
  }

  /// The runs that elements are made of.
  func runs(of elements: Range<Int>) -> [Run] {
    let columnCount = columnCount
    guard !elements.isEmpty, columnCount > 0 else { return [] }
    let last = (elements.upperBound - 1) / columnCount
    return (elements.lowerBound / columnCount...last).map { row in
      let start = row * columnCount
      let columns =
        max(0, elements.lowerBound - start)..<min(columnCount, elements.upperBound - start)
      return Run(
        row: row, columns: columns, position: start + columns.lowerBound - elements.lowerBound)
    }
  }

  /// Multiplies elements with the factor of their column or of their row.
  func multiply(
    _ output: inout MutableSpan<Float>, _ elements: Range<Int>, by factors: [Float],
    forColumns: Bool
  ) {
    for run in runs(of: elements) {
      for (offset, column) in run.columns.enumerated() {
        output[run.position + offset] *= factors[forColumns ? column : run.row]
      }
    }
  }
}

extension [Float] {
  /// A matrix of some rows, turned.
  fileprivate func transposed(rowCount: Int) -> [Float] {
    guard rowCount > 0 else { return [] }
    let columnCount = count / rowCount
    var turned = [Float](repeating: 0, count: count)
    for row in 0..<rowCount {
      for column in 0..<columnCount {
        turned[column * rowCount + row] = self[row * columnCount + column]
      }
    }
    return turned
  }
}

/// The matrices that were used last, decoded.
final class FactorCache: Sendable {
  private static let valueLimit = 1 << 24

  private let entries = Mutex<[(name: String, values: [Float])]>([])

  /// The values under a name, computed if they are not there.
  func values(
    _ name: String, _ compute: () throws(CheckpointError) -> [Float]
  ) throws(CheckpointError) -> [Float] {
    if let known = entries.withLock({ $0.first { $0.name == name } }) { return known.values }
    let values = try compute()
    entries.withLock { entries in
      guard !entries.contains(where: { $0.name == name }) else { return }
      entries.append((name, values))
      var total = entries.reduce(0) { $0 + $1.values.count }
      while total > Self.valueLimit, entries.count > 1 {
        total -= entries.removeFirst().values.count
      }
    }
    return values
  }
}
