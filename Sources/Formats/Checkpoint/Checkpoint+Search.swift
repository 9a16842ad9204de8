extension TensorSource {
  /// The tensor with a name; where there is none, the one whose role is written so.
  ///
  /// - Throws: ``CheckpointError`` with ``CheckpointError/Problem/tensorNotFound(nearest:)`` and up
  ///   to three names that are close.
  public func findTensor(_ name: String) throws(CheckpointError) -> TensorInfo {
    if let tensor = tensor(named: name) { return tensor }
    if let tensor = tensors.first(where: { $0.role.map { "\($0)" == name } ?? false }) {
      return tensor
    }
    throw CheckpointError(
      .tensorNotFound(nearest: nearestNames(to: name)), path: path, tensor: name)
  }

  private func nearestNames(to name: String) -> [String] {
    let wanted = Array(name.utf8)
    let limit = max(2, wanted.count / 4)
    let names = tensors.map(\.name) + tensors.compactMap { $0.role?.description }
    return Set(names).map { ($0, Self.editDistance(wanted, Array($0.utf8))) }
      .filter { $0.1 <= limit }
      .sorted { ($0.1, $0.0) < ($1.1, $1.0) }
      .prefix(3).map(\.0)
  }

  /// How many bytes must be inserted, removed or replaced to make one text of the other.
  private static func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var row = Array(0...right.count)
    for (i, leftByte) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, rightByte) in right.enumerated() {
        let replaced = diagonal + (leftByte == rightByte ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, row[j] + 1, diagonal + 1)
      }
    }
    return row[right.count]
  }
}
