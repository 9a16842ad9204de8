import Core

extension TensorSource {
  /// The tensor with a name; where there is none, the one whose role is written so.
  ///
  /// - Throws: ``CheckpointError`` with ``CheckpointError/Problem/tensorNotFound(nearest:)`` and up
  ///   to three names or roles that are close.
  public func findTensor(_ name: String) throws(CheckpointError) -> TensorInfo {
    if let tensor = tensor(named: name) { return tensor }
    if let tensor = tensors.first(where: { $0.role?.description == name }) { return tensor }
    let names = tensors.map(\.name) + tensors.compactMap { $0.role?.description }
    throw CheckpointError(
      .tensorNotFound(nearest: NearestNames.names(near: name, among: names)), path: path,
      tensor: name)
  }
}
