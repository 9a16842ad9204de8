import Dispatch
import Synchronization

/// A bounded group of threads that work through numbered pieces.
///
/// This is the house's one level of parallelism: a piece never starts another group. Pieces are
/// handed out in ascending order, one at a time, so large pieces belong first. What a piece
/// computes must depend on its number alone; then results are the same for every thread count.
public struct WorkGroup: Sendable {
  /// How many threads work at once, the calling thread among them; at least 1.
  public let threadCount: Int

  /// Creates a group.
  ///
  /// - Parameter threadCount: The number of threads; `nil` takes one for each active core.
  public init(threadCount: Int? = nil) {
    self.threadCount = max(1, threadCount ?? Self.activeCoreCount)
  }

  /// The number of cores that this process may run on.
  public static let activeCoreCount: Int = processorCount()

  /// Calls a closure once for each number in `0..<count`, on up to ``threadCount`` threads.
  ///
  /// - Parameters:
  ///   - count: How many pieces there are.
  ///   - state: Makes what one thread keeps between its pieces, such as scratch memory.
  ///   - body: Works on one piece.
  /// - Throws: The error of the lowest-numbered piece that failed. Pieces with higher numbers may
  ///   not have run.
  public func forEach<State>(
    _ count: Int, state: @Sendable () throws -> State,
    _ body: @Sendable (inout State, Int) throws -> Void
  ) throws {
    let next = Atomic(0)
    let failure = Mutex<(piece: Int, error: any Error)?>(nil)
    @Sendable func work() {
      var piece = -1
      do {
        var own = try state()
        while true {
          piece = next.add(1, ordering: .relaxed).oldValue
          // Lower pieces than the failed one still run, so that the lowest failure is found.
          let limit = failure.withLock { $0?.piece ?? count }
          guard piece < limit else { return }
          try body(&own, piece)
        }
      } catch {
        failure.withLock { first in
          if first.map({ piece < $0.piece }) ?? true { first = (piece, error) }
        }
      }
    }
    let workers = min(threadCount, count)
    if workers > 1 {
      DispatchQueue.concurrentPerform(iterations: workers) { _ in work() }
    } else if workers == 1 {
      work()
    }
    if let failure = failure.withLock({ $0 }) { throw failure.error }
  }

  /// Calls a closure once for each number in `0..<count`, on up to ``threadCount`` threads.
  public func forEach(_ count: Int, _ body: @Sendable (Int) throws -> Void) throws {
    try forEach(count, state: {}, { _, piece in try body(piece) })
  }

  /// Calls a closure that cannot fail once for each number in `0..<count`, on up to ``threadCount``
  /// threads; cheaper than ``forEach(_:_:)`` for many small pieces.
  public func perform(_ count: Int, _ body: @Sendable (Int) -> Void) {
    let workers = min(threadCount, count)
    guard workers > 1 else { return (0..<count).forEach(body) }
    let next = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: workers) { _ in
      while true {
        let piece = next.add(1, ordering: .relaxed).oldValue
        guard piece < count else { return }
        body(piece)
      }
    }
  }

  /// Returns the closure's results in the order of their numbers, whatever thread made them.
  public func map<Result: Sendable>(
    _ count: Int, _ body: @Sendable (Int) throws -> Result
  ) throws -> [Result] {
    let results = Mutex([Result?](repeating: nil, count: count))
    try forEach(count) { piece in
      let result = try body(piece)
      results.withLock { $0[piece] = result }
    }
    return results.withLock { $0.compactMap(\.self) }
  }
}
