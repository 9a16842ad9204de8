import TestSupport
import Testing

@testable import Inference

/// Trees of prompts and the batches that they are cut into, against each sequence by itself.
struct PromptTreeTests {
  /// Random requests of a small alphabet, so that they share much.
  private static func requests(
    count: Int, seed: UInt64, hasContexts: Bool = false
  ) -> [(number: Int, request: RequestEncoder.Encoded)] {
    var random = SplitMix(seed: seed)
    let prefixes = (0..<4).map { _ in
      (0..<Int.random(in: 0..<20, using: &random)).map { _ in Int.random(in: 0..<3, using: &random)
      }
    }
    return (0..<count).map { number in
      let continuation = (0...Int.random(in: 0..<3, using: &random)).map { _ in
        Int.random(in: 0..<3, using: &random)
      }
      let context =
        prefixes[Int.random(in: 0..<4, using: &random)]
        + (0...Int.random(in: 0..<4, using: &random)).map { _ in
          Int.random(in: 0..<2, using: &random)
        }
      return (
        number,
        RequestEncoder.Encoded(
          fed: hasContexts
            ? .init(context: context, input: [7] + continuation.dropLast())
            : .init(input: context + continuation.dropLast()),
          continuation: continuation)
      )
    }
  }

  /// What stands on the path to each target of a request, by the request and the position.
  private struct Found: Hashable, Comparable {
    var request: Int
    var context: [Int]
    var path: [Int]
    var token: Int

    static func < (first: Found, second: Found) -> Bool {
      (first.request, first.path.count) < (second.request, second.path.count)
    }
  }

  private static func expected(
    _ requests: [(number: Int, request: RequestEncoder.Encoded)]
  ) -> [Found] {
    requests.flatMap { number, request in
      request.continuation.enumerated().map { place, token in
        let count = request.fed.input.count - request.continuation.count + place + 1
        return Found(
          request: number, context: request.fed.context,
          path: Array(request.fed.input.prefix(count)), token: token)
      }
    }.sorted()
  }

  /// Goes through batches as an engine does, with a stack of what stands at each position.
  private static func found(_ plan: BatchPlan) -> [Found] {
    var all: [Found] = []
    var path: [Int] = []
    for number in 0..<plan.count {
      let batch = plan.batch(at: number)
      if !plan.keepsPositions { path = [] }
      var targets = batch.targets[...]
      #expect(batch.runs.last?.rows.upperBound == batch.tokens.count)
      for run in batch.runs {
        #expect(run.position <= path.count)
        path.removeLast(path.count - run.position)
        for row in run.rows {
          path.append(batch.tokens[row])
          while let target = targets.first, target.row == row {
            all.append(
              Found(
                request: target.request, context: batch.contexts[run.context], path: path,
                token: target.token))
            targets = targets.dropFirst()
          }
        }
      }
      #expect(targets.isEmpty)
    }
    return all.sorted()
  }

  @Test(arguments: [1, 2, 3, 17], [true, false])
  func `batches of any size hold every sequence`(_ limit: Int, _ keepsPositions: Bool) {
    for seed in 0..<20 as Range<UInt64> {
      let requests = Self.requests(count: 60, seed: seed)
      for isShared in [true, false] {
        let tree = PromptTree(requests, isShared: isShared)
        let plan = BatchPlan(tree, rowLimit: limit * 7, keepsPositions: keepsPositions)
        #expect(Self.found(plan) == Self.expected(requests))
        let computed = (0..<plan.count).reduce(0) { $0 + plan.batch(at: $1).tokens.count }
        #expect(plan.computedRowCount == computed)
        #expect(keepsPositions ? computed == tree.rowCount : computed >= tree.rowCount)
      }
    }
  }

  @Test func `contexts of encoders are there once and whole`() {
    for seed in 0..<20 as Range<UInt64> {
      let requests = Self.requests(count: 60, seed: seed, hasContexts: true)
      let tree = PromptTree(requests)
      #expect(Set(tree.contexts).count == tree.contexts.count)
      let plan = BatchPlan(tree, rowLimit: 50, keepsPositions: true)
      #expect(plan.count > 1)
      #expect(Self.found(plan) == Self.expected(requests))
      #expect(plan.computedRowCount == tree.sharedRowCount)
    }
  }

  @Test func `nothing is computed twice and everything is counted`() {
    let requests: [(number: Int, request: RequestEncoder.Encoded)] = [
      ([1, 2, 3, 4], 2), ([1, 2, 3, 5], 2), ([1, 2, 3], 1), ([9], 1), ([1, 2, 3, 4], 1),
    ].enumerated().map { number, item in
      (
        number,
        RequestEncoder.Encoded(
          fed: .init(input: item.0), continuation: [Int](repeating: 0, count: item.1))
      )
    }
    let tree = PromptTree(requests)
    #expect(tree.naiveRowCount == 16)
    #expect(tree.rowCount == 6)
    #expect(tree.scoredRowCount == 4)
    #expect(tree.targets.count == 7)
    #expect(tree.longestSequence == 4)
    let alone = PromptTree(requests, isShared: false)
    #expect(alone.rowCount == 16)
    #expect(alone.scoredRowCount == 7)
  }

  @Test func `blocks cover the rows of a batch`() {
    let plan = BatchPlan(
      PromptTree(Self.requests(count: 80, seed: 3)), rowLimit: 100, keepsPositions: true)
    for number in 0..<plan.count {
      let batch = plan.batch(at: number)
      let blocks = RowBlock.blocks(of: batch.runs, scoredRows: batch.scoredRows, limit: 24)
      #expect(blocks.allSatisfy { $0.rows.count <= 24 && !$0.runs.isEmpty })
      #expect(blocks.flatMap { Array($0.rows) } == Array(batch.tokens.indices))
      let scored = blocks.flatMap { block in block.scoredRows.map { $0 + block.rows.lowerBound } }
      #expect(scored == batch.scoredRows)
      let positions = batch.runs.flatMap { run in
        run.rows.map { run.position + $0 - run.rows.lowerBound }
      }
      #expect(blocks.flatMap { $0.positions.map(Int.init) } == positions)
      for block in blocks {
        #expect(block.runs.flatMap { Array($0.rows) } == Array(0..<block.rows.count))
      }
    }
  }

  @Test func `runs that must stay whole are not cut`() {
    let runs = [3, 9, 30, 1, 1].reduce(into: [TokenBatch.Run]()) { runs, count in
      let first = runs.last?.rows.upperBound ?? 0
      runs.append(.init(rows: first..<first + count, position: 0))
    }
    let blocks = RowBlock.blocks(of: runs, scoredRows: [], limit: 10, keepsWhole: true)
    #expect(blocks.map(\.rows.count) == [3, 9, 30, 2])
  }
}
