/// Turns layers that rows have gone through into token positions that are done.
///
/// A position counts in parts, one for each layer of each branch, so that a long batch does not stand
/// still.
final class StepCounter {
  private let total: Int
  private let stepsPerRow: Int
  private let report: ((_ done: Int, _ total: Int) -> Void)?
  private var steps = 0

  init(
    total: Int, _ tree: NetworkTree, report: ((_ done: Int, _ total: Int) -> Void)?
  ) {
    self.total = total
    self.report = report
    func layers(_ branch: NetworkTree.Branch) -> Int {
      branch.layers.count + branch.children.reduce(0) { $0 + layers($1) }
    }
    stepsPerRow = max(1, tree.roots.reduce(0) { $0 + layers($1) })
  }

  /// Counts rows that have gone through one more layer.
  func add(rows: Int) {
    steps += rows
    report?(min(steps / stepsPerRow, total), total)
  }
}
