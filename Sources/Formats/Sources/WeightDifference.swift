/// A model that was published as its difference to a base, put together again: base plus
/// difference in 32-bit floats, value by value, as Alpaca's recipe does.
///
/// A vocabulary that grew is compared with a base that was resized first: each new row of the base
/// is the mean of its rows.
struct WeightDifference: TensorSource {
  let path: String
  let tensors: [TensorInfo]

  private let base: any TensorSource
  private let difference: any TensorSource
  private let pairs: [String: Pair]
  private let means = FactorCache()

  private struct Pair {
    var base: TensorInfo
    var difference: TensorInfo
  }

  var architecture: String? { difference.architecture }
  var config: ModelConfig? { difference.config }

  /// Pairs the tensors of a difference with those of its base.
  ///
  /// - Throws: ``CheckpointError`` for a tensor without a partner, or of another shape.
  init(
    _ difference: any TensorSource, of base: any TensorSource, path: String
  ) throws(CheckpointError) {
    self.path = path
    self.base = base
    self.difference = difference
    var pairs: [String: Pair] = [:]
    var tensors: [TensorInfo] = []
    var missing = Set(base.tensors.filter { !$0.isBuffer }.map(\.name))
    for tensor in difference.tensors where !tensor.isBuffer {
      let partner = tensor.role.flatMap { base.tensor(role: $0) } ?? base.tensor(named: tensor.name)
      guard let partner else {
        throw CheckpointError(
          .noTarget(name: tensor.name), path: difference.path, tensor: tensor.name)
      }
      guard Self.fits(tensor, partner) else {
        throw CheckpointError(
          .adapterShape(found: tensor.shape, expected: "\(partner.shape)"), path: difference.path,
          tensor: tensor.name)
      }
      missing.remove(partner.name)
      pairs[tensor.name] = Pair(base: partner, difference: tensor)
      var sum = tensor
      sum.becomeComputed()
      tensors.append(sum)
    }
    if let name = base.tensors.first(where: { missing.contains($0.name) })?.name {
      throw CheckpointError(.notInDifference, path: difference.path, tensor: name)
    }
    self.tensors = tensors
    self.pairs = pairs
  }

  private static func fits(_ tensor: TensorInfo, _ base: TensorInfo) -> Bool {
    let isVocabulary =
      base.role?.component == .token_embd || base.role?.component == .output
    let (shape, baseShape) = (tensor.logicalShape, base.logicalShape)
    return shape == baseShape
      || (isVocabulary && shape.count == 2 && baseShape.count == 2 && shape[1] == baseShape[1]
        && shape[0] > baseShape[0])
  }

  func decode(
    _ tensor: TensorInfo, elements: Range<Int>, order: RowOrder,
    into output: inout MutableSpan<Float>
  ) throws(CheckpointError) {
    guard let pair = pairs[tensor.name] else {
      preconditionFailure("tensor of another source")
    }
    try difference.decode(pair.difference, elements: elements, order: .logical, into: &output)
    let shared = elements.clamped(to: 0..<pair.base.elementCount)
    if !shared.isEmpty {
      let values = try base.values(of: pair.base, elements: shared)
      for index in values.indices { output[index] += values[index] }
    }
    guard shared.count < elements.count else { return }
    let mean = try meanRow(of: pair.base)
    for index in shared.count..<elements.count {
      output[index] += mean[(elements.lowerBound + index) % mean.count]
    }
  }

  func roundingSteps(of tensor: TensorInfo, elements: Range<Int>) throws -> RoundingSteps {
    .unknown(reason: "computed from a base and a difference")
  }

  func origin(of tensor: TensorInfo) -> TensorOrigin? { TensorOrigin(tensor, in: means) }

  /// The mean of a tensor's rows, summed in 64-bit floats.
  private func meanRow(of tensor: TensorInfo) throws(CheckpointError) -> [Float] {
    try means.values(tensor.name) { () throws(CheckpointError) in
      var sums = [Double](repeating: 0, count: tensor.rowElements)
      for row in 0..<tensor.rowCount {
        let start = row * tensor.rowElements
        let values = try base.values(of: tensor, elements: start..<start + tensor.rowElements)
        for column in values.indices { sums[column] += Double(values[column]) }
      }
      return sums.map { Float($0 / Double(tensor.rowCount)) }
    }
  }
}
