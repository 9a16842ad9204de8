import Formats

/// A piece of a tensor that is compared as a tensor of its own.
struct TensorPart {
  /// The piece: its own name, role and shape.
  var info: TensorInfo
  /// Where its elements are; `nil` if the source reads the piece by itself.
  var place: PartPlace?
}

/// Where the elements of a piece are in the whole: runs of one length, at one distance.
///
/// Positions are those of the flattened whole in logical order.
struct PartPlace: Sendable, Equatable {
  /// The tensor that the piece is cut from.
  var whole: TensorInfo
  /// Where the first run begins.
  var start: Int
  /// How many elements a run has.
  var runElements: Int
  /// How far the beginnings of two runs are apart.
  var stride: Int

  /// Where some elements of the piece are in the whole, run by run.
  func runs(of elements: Range<Int>) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    var element = elements.lowerBound
    while element < elements.upperBound {
      let (run, offset) = element.quotientAndRemainder(dividingBy: runElements)
      let count = min(runElements - offset, elements.upperBound - element)
      let first = start + run * stride + offset
      runs.append(first..<(first + count))
      element += count
    }
    return runs
  }
}

extension TensorInfo {
  /// A piece of the tensor, wherever its elements are in it.
  ///
  /// - Parameters:
  ///   - label: What the name of the piece ends with, in brackets.
  ///   - component: What the piece is for; `nil` for the same as the whole.
  ///   - expert: The expert that it belongs to; `nil` for the same as the whole.
  ///   - shape: The shape of the piece.
  ///   - start: Where its first run begins in the flattened whole, in logical order.
  ///   - runElements: How many elements a run has.
  ///   - stride: How far the beginnings of two runs are apart.
  /// - Returns: The piece and its place.
  func part(
    _ label: String, component: Role.Component? = nil, expert: Int? = nil, shape: [Int],
    start: Int, runElements: Int, stride: Int
  ) -> TensorPart {
    let elementCount = shape.reduce(1, *)
    var info = TensorInfo(
      name: "\(name)[\(label)]", role: role, shape: shape, dtype: dtype, elementCount: elementCount,
      byteCount: Self.share(of: byteCount, elementCount, of: self.elementCount),
      shardIndex: shardIndex, fileOffset: fileOffset, layer: layer)
    if let component { info.role?.component = component }
    if let expert { info.role?.expert = expert }
    return TensorPart(
      info: info,
      place: PartPlace(whole: self, start: start, runElements: runElements, stride: stride))
  }

  /// The bytes that some of the elements take, as far as that can be told.
  private static func share(of byteCount: Int, _ elements: Int, of all: Int) -> Int {
    all == 0 ? 0 : Int(Double(byteCount) * Double(elements) / Double(all))
  }
}
