import Formats

/// A source of which pieces of tensors can be read as tensors of their own.
///
/// Whatever the source computes or decodes, a piece has the values that the whole has there.
struct PartedSource: TensorSource {
  /// Where the wholes come from.
  let base: any TensorSource
  private var places: [String: PartPlace] = [:]

  /// So many runs are decoded one by one; more lie so close together that all is decoded.
  private static let runLimit = 64

  init(_ base: any TensorSource) { self.base = base }

  var path: String { base.path }
  var tensors: [TensorInfo] { base.tensors }
  var architecture: String? { base.architecture }
  var config: ModelConfig? { base.config }

  func tensor(role: Role) -> TensorInfo? { base.tensor(role: role) }
  func tensor(named name: String) -> TensorInfo? { base.tensor(named: name) }

  /// Makes a piece known.
  mutating func add(_ part: TensorPart) {
    if let place = part.place { places[part.info.name] = place }
  }

  /// The tensor that a piece is cut from; the tensor itself if it is none.
  func whole(of tensor: TensorInfo) -> TensorInfo { places[tensor.name]?.whole ?? tensor }

  func decode(
    _ tensor: TensorInfo, elements: Range<Int>, order: RowOrder,
    into output: inout MutableSpan<Float>
  ) throws(CheckpointError) {
    guard let place = places[tensor.name] else {
      return try base.decode(tensor, elements: elements, order: order, into: &output)
    }
    let runs = place.runs(of: elements)
    guard let first = runs.first?.lowerBound, let last = runs.last?.upperBound else { return }
    let isDense = runs.count > Self.runLimit
    let all = isDense ? try base.values(of: place.whole, elements: first..<last) : []
    var position = 0
    for run in runs {
      if isDense {
        for element in run {
          output[position] = all[element - first]
          position += 1
        }
      } else {
        for value in try base.values(of: place.whole, elements: run) {
          output[position] = value
          position += 1
        }
      }
    }
  }

  func withStoredBytes<Result>(
    of tensor: TensorInfo, order: RowOrder, _ body: (RawSpan) throws -> Result
  ) throws -> Result? {
    guard let place = places[tensor.name] else {
      return try base.withStoredBytes(of: tensor, order: order, body)
    }
    guard place.runs(of: 0..<tensor.elementCount).count == 1,
      let blockElements = tensor.dtype.blockElements, let blockBytes = tensor.dtype.blockBytes,
      place.start % blockElements == 0, tensor.elementCount % blockElements == 0
    else { return nil }
    let start = place.start / blockElements * blockBytes
    let end = start + tensor.elementCount / blockElements * blockBytes
    return try base.withStoredBytes(of: place.whole, order: .logical) { bytes in
      try body(bytes.extracting(start..<end))
    }
  }

  func roundingSteps(
    of tensor: TensorInfo, elements: Range<Int>
  ) throws -> Formats.RoundingSteps {
    guard let place = places[tensor.name] else {
      return try base.roundingSteps(of: tensor, elements: elements)
    }
    // Of no elements too it is known whether there are steps.
    let start = try base.roundingSteps(of: place.whole, elements: 0..<0)
    return try place.runs(of: elements).reduce(start) { steps, run in
      try steps + base.roundingSteps(of: place.whole, elements: run)
    }
  }

  func lowRankDelta(
    of tensor: TensorInfo, from origin: TensorInfo, of other: any TensorSource
  ) throws(CheckpointError) -> LowRankDelta? {
    guard places[tensor.name] == nil else { return nil }
    let whole = (other as? PartedSource)?.base ?? other
    return try base.lowRankDelta(of: tensor, from: origin, of: whole)
  }

  func discard(_ tensor: TensorInfo, elements: Range<Int>) {
    guard let place = places[tensor.name] else {
      return base.discard(tensor, elements: elements)
    }
    let runs = place.runs(of: elements)
    guard let first = runs.first?.lowerBound, let last = runs.last?.upperBound else { return }
    // Runs that lie close together share pages.
    let isDense = runs.count > Self.runLimit
    for run in isDense ? [first..<last] : runs { base.discard(place.whole, elements: run) }
  }

  func rearrangedBytes(of tensor: TensorInfo, stored elements: Range<Int>) throws -> [UInt8]? {
    guard let place = places[tensor.name] else {
      return try base.rearrangedBytes(of: tensor, stored: elements)
    }
    var copy: [UInt8] = []
    for run in place.runs(of: elements) {
      guard let bytes = try base.storedBytes(of: place.whole, elements: run) else { return nil }
      copy += bytes
    }
    return copy
  }
}
