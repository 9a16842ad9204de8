import Core
import Synchronization
import Testing

@Suite struct WorkGroupTests {
  private struct Failure: Error, Equatable { var piece: Int }

  @Test(arguments: 1...3) func resultsAreInTheOrderOfTheirNumbers(threadCount: Int) throws {
    let squares = try WorkGroup(threadCount: threadCount).map(1000) { $0 * $0 }
    #expect(squares == (0..<1000).map { $0 * $0 })
  }

  @Test(arguments: 1...3) func everyPieceIsDoneOnce(threadCount: Int) throws {
    let counts = Mutex([Int](repeating: 0, count: 500))
    try WorkGroup(threadCount: threadCount).forEach(500) { piece in
      counts.withLock { $0[piece] += 1 }
    }
    #expect(counts.withLock { $0.allSatisfy { $0 == 1 } })
  }

  @Test(arguments: 1...3) func theLowestFailureIsThrown(threadCount: Int) {
    let group = WorkGroup(threadCount: threadCount)
    for _ in 0..<50 {
      #expect(throws: Failure(piece: 7)) {
        try group.forEach(100) { piece in
          if piece >= 7 && piece % 2 == 1 { throw Failure(piece: piece) }
        }
      }
    }
  }

  /// The lower of two pieces fails only after the higher one has.
  @Test func aLaterFailureOfALowerPieceIsFound() {
    let hasFailed = Atomic(false)
    #expect(throws: Failure(piece: 0)) {
      try WorkGroup(threadCount: 2).forEach(2) { piece in
        if piece == 0 { while !hasFailed.load(ordering: .acquiring) {} }
        hasFailed.store(true, ordering: .releasing)
        throw Failure(piece: piece)
      }
    }
  }

  @Test(arguments: 1...3) func everyThreadKeepsItsOwnState(threadCount: Int) throws {
    let made = Atomic(0)
    let largest = Mutex(0)
    let pieces = Atomic(0)
    try WorkGroup(threadCount: threadCount).forEach(
      200,
      state: {
        made.add(1, ordering: .relaxed)
        return 0
      }
    ) { own, _ in
      own += 1
      pieces.add(1, ordering: .relaxed)
      let own = own
      largest.withLock { $0 = max($0, own) }
    }
    #expect((1...threadCount).contains(made.load(ordering: .relaxed)))
    #expect(pieces.load(ordering: .relaxed) == 200)
    // Some thread had at least its share, so what it kept went from piece to piece.
    #expect(largest.withLock { $0 } >= 200 / threadCount)
  }

  @Test(arguments: 1...3) func aStateThatCannotBeMadeIsThrown(threadCount: Int) {
    #expect(throws: Failure(piece: -1)) {
      try WorkGroup(threadCount: threadCount).forEach(
        4, state: { () throws -> Int in throw Failure(piece: -1) }, { _, _ in })
    }
  }

  @Test(arguments: 1...3) func noPiecesAreNoWork(threadCount: Int) throws {
    let group = WorkGroup(threadCount: threadCount)
    try group.forEach(0, state: { Issue.record("state without a piece") }, { _, _ in })
    #expect(try group.map(0) { $0 }.isEmpty)
  }

  @Test func thereIsAlwaysAThread() {
    #expect(WorkGroup(threadCount: 0).threadCount == 1)
    #expect(WorkGroup(threadCount: -3).threadCount == 1)
    #expect(WorkGroup().threadCount == WorkGroup.activeCoreCount)
    #expect(WorkGroup.activeCoreCount >= 1)
  }
}
