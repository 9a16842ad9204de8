import Core

/// The threads and kernels that compute, and how work is split between them.
///
/// How it is split changes no result: a row and a column of a product are computed the same way
/// wherever they fall.
struct Workers: Sendable {
  let kernels: Kernels
  let workGroup: WorkGroup

  /// Multiply-adds below which a piece of work is not worth handing to a thread.
  private static let leastWork = 1 << 19
  /// How many pieces each thread gets at best, so that none waits long for another.
  private static let piecesPerThread = 8

  /// Calls a closure with ranges of rows that together are `0..<count`, each from a whole block on; a row
  /// costs so many multiply-adds, or something like them.
  func forRows(_ count: Int, cost: Int, _ body: @Sendable (Range<Int>) -> Void) {
    split(count, by: Kernels.rowBlock, cost: cost, body)
  }

  /// Calls a closure with ranges of panels that together are `0..<count`, which are multiplied with rows
  /// of so many elements.
  func forPanels(
    _ count: Int, rows: Int, inputs: Int, _ body: @Sendable (Range<Int>) -> Void
  ) {
    split(count, by: 1, cost: rows * inputs * Kernels.panelWidth, body)
  }

  /// Calls a closure once for each number in `0..<count`.
  func forEach(_ count: Int, cost: Int, _ body: @Sendable (Int) -> Void) {
    guard count > 1, count * cost > Self.leastWork else { return (0..<count).forEach(body) }
    workGroup.perform(count, body)
  }

  private func split(_ count: Int, by unit: Int, cost: Int, _ body: @Sendable (Range<Int>) -> Void)
  {
    guard count > 0 else { return }
    let units = (count + unit - 1) / unit
    let worthwhile = max(1, units * unit * cost / Self.leastWork)
    let pieces = min(units, worthwhile, workGroup.threadCount * Self.piecesPerThread)
    guard pieces > 1, workGroup.threadCount > 1 else { return body(0..<count) }
    workGroup.perform(pieces) { piece in
      let first = units * piece / pieces * unit
      let end = min(units * (piece + 1) / pieces * unit, count)
      body(first..<end)
    }
  }
}
