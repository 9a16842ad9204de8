/// Turns layers that rows have gone through into token positions that are done.
///
/// A position counts in parts, one for each layer of each branch, so that a long batch does not stand
/// still.
final class StepCounter {
  private let total: Int
  private let tree: NetworkTree
  private let report: ((_ done: Int, _ total: Int) -> Void)?
  private var steps = 0
  private var contextSteps = 0

  init(
    total: Int, _ tree: NetworkTree, report: ((_ done: Int, _ total: Int) -> Void)?
  ) {
    self.total = total
    self.tree = tree
    self.report = report
  }

  /// Counts rows that have gone through one more layer of a decoder.
  func add(rows: Int) {
    steps += rows
    tell()
  }

  /// Counts rows that have gone through one more layer of an encoder.
  func add(contextRows rows: Int) {
    contextSteps += rows
    tell()
  }

  private func tell() {
    let done =
      steps / max(1, tree.layerCount) + contextSteps / max(1, tree.encoderLayerCount)
    report?(min(done, total), total)
  }
}
