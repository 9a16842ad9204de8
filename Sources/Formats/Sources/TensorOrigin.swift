/// Where a tensor's numbers come from: tensors of one origin hold the same numbers, without a look at
/// them.
///
/// It is valid as long as the source that gave it.
public struct TensorOrigin: Sendable, Hashable {
  /// The file or the computation that the numbers come from.
  private let place: ObjectIdentifier
  /// The tensor as its own source describes it.
  private let tensor: TensorInfo

  /// The tensor of a file or of a computation.
  init(_ tensor: TensorInfo, in place: some AnyObject) {
    self.place = ObjectIdentifier(place)
    self.tensor = tensor
  }
}
