/// The tensors of a tuned model, some of them taken back towards those of its base.
///
/// What is put back whole is the base's own tensor, under the tuned model's name; what lies between is
/// computed when it is read.
struct BlendedWeights: TensorSource {
  let path: String
  let tensors: [TensorInfo]

  private let pair: BlendPair
  private let alpha: Double
  private let contents: [String: Content]
  private let positionsByRole: [Role: Int]

  /// Where the values of a tensor come from.
  private enum Content: Sendable {
    case tuned(TensorInfo)
    case base(TensorInfo)
    case mixed(base: TensorInfo, tuned: TensorInfo)
  }

  var architecture: String? { pair.tuned.architecture }
  var config: ModelConfig? { pair.tuned.config }

  /// Puts a part of a base back; see ``BlendPair/model(_:alpha:name:)``.
  init(_ pair: BlendPair, _ part: ModelPart, alpha: Double, path: String) {
    precondition((0...1).contains(alpha), "a share of the base")
    self.path = path
    self.pair = pair
    self.alpha = alpha
    var tensors = pair.tuned.tensors.filter(\.isBuffer)
    var contents: [String: Content] = [:]
    for tensor in tensors { contents[tensor.name] = .tuned(tensor) }
    for link in pair.links {
      let (info, content) = Self.content(link, alpha: part.contains(link.deciding) ? alpha : 0)
      tensors.append(info)
      contents[info.name] = content
    }
    self.tensors = tensors
    self.contents = contents
    positionsByRole = Dictionary(
      tensors.enumerated().compactMap { index, tensor in tensor.role.map { ($0, index) } },
      uniquingKeysWith: { first, _ in first })
  }

  private static func content(
    _ link: BlendPair.Link, alpha: Double
  ) -> (info: TensorInfo, content: Content) {
    guard alpha > 0, let base = link.base else { return (link.tuned, .tuned(link.tuned)) }
    if alpha == 1, base.logicalShape == link.tuned.logicalShape {
      var info = base
      info.name = link.tuned.name
      info.role = link.tuned.role
      info.layer = link.tuned.layer
      return (info, .base(base))
    }
    var info = link.tuned
    info.becomeComputed()
    return (info, .mixed(base: base, tuned: link.tuned))
  }

  func tensor(role: Role) -> TensorInfo? { positionsByRole[role].map { tensors[$0] } }

  private func content(of tensor: TensorInfo) -> Content {
    guard let content = contents[tensor.name] else {
      preconditionFailure("tensor of another source")
    }
    return content
  }

  func decode(
    _ tensor: TensorInfo, elements: Range<Int>, order: RowOrder,
    into output: inout MutableSpan<Float>
  ) throws(CheckpointError) {
    switch content(of: tensor) {
    case .tuned(let own):
      try pair.tuned.decode(own, elements: elements, order: order, into: &output)
    case .base(let other):
      try pair.base.decode(other, elements: elements, order: order, into: &output)
    case .mixed(let base, let tuned):
      try pair.tuned.decode(tuned, elements: elements, order: .logical, into: &output)
      // A vocabulary that grew has rows that the base knows nothing of.
      let shared = elements.clamped(to: 0..<base.elementCount)
      guard !shared.isEmpty else { return }
      let values = try pair.base.values(of: base, elements: shared)
      for index in values.indices {
        let sum = alpha * Double(values[index]) + (1 - alpha) * Double(output[index])
        output[index] = Float(sum)
      }
    }
  }

  func withStoredBytes<Result>(
    of tensor: TensorInfo, order: RowOrder, _ body: (RawSpan) throws -> Result
  ) throws -> Result? {
    switch content(of: tensor) {
    case .tuned(let own): try pair.tuned.withStoredBytes(of: own, order: order, body)
    case .base(let other): try pair.base.withStoredBytes(of: other, order: order, body)
    case .mixed: nil
    }
  }

  func rearrangedBytes(of tensor: TensorInfo, stored elements: Range<Int>) throws -> [UInt8]? {
    switch content(of: tensor) {
    case .tuned(let own): try pair.tuned.rearrangedBytes(of: own, stored: elements)
    case .base(let other): try pair.base.rearrangedBytes(of: other, stored: elements)
    case .mixed: nil
    }
  }

  func roundingSteps(of tensor: TensorInfo, elements: Range<Int>) throws -> RoundingSteps {
    switch content(of: tensor) {
    case .tuned(let own): try pair.tuned.roundingSteps(of: own, elements: elements)
    case .base(let other): try pair.base.roundingSteps(of: other, elements: elements)
    case .mixed: .unknown(reason: "computed from a base and a tuned model")
    }
  }

  func discard(_ tensor: TensorInfo, elements: Range<Int>) {
    switch content(of: tensor) {
    case .tuned(let own): pair.tuned.discard(own, elements: elements)
    case .base(let other): pair.base.discard(other, elements: elements)
    case .mixed(let base, let tuned):
      pair.tuned.discard(tuned, elements: elements)
      pair.base.discard(base, elements: elements.clamped(to: 0..<base.elementCount))
    }
  }

  func origin(of tensor: TensorInfo) -> TensorOrigin? {
    switch content(of: tensor) {
    case .tuned(let own): pair.tuned.origin(of: own)
    case .base(let other): pair.base.origin(of: other)
    case .mixed: nil
    }
  }
}
