import CKernels
import Core
import Formats
import Synchronization

/// Streams tensors of several checkpoints side by side, reading each value once.
///
/// Work is cut into pieces of fixed size, whatever the thread count, and the sums of pieces are
/// added in the order of their place in the tensor.
struct FusedPass {
  /// Elements in a piece of work; a multiple of ``stripElements``.
  static let pieceElements = 1 << 20
  /// Elements that are decoded at a time, so that all comparisons find them in the cache; the last
  /// place where sums of segments are cut.
  static let stripElements = 1 << 14

  let sources: [any TensorSource]

  /// A range of one tensor's elements.
  private struct Piece {
    var work: Int
    var elements: Range<Int>
  }

  /// Sums over every tensor.
  ///
  /// - Returns: One entry for each of `works`.
  func run(
    _ works: [TensorWork], workGroup: WorkGroup, progress: WorkProgress.Handler?
  ) throws -> [TensorSums] {
    let pieces = Self.pieces(of: works)
    let total = works.reduce(0) { $0 + $1.elementCount }
    let done = Atomic(0)
    let results = Mutex([TensorSums?](repeating: nil, count: pieces.count))
    // A sketch is too large to be kept for every piece.
    let sketches = Mutex(works.map { TensorSums(nothingOf: $0).pairs.map(\.sketch) })
    let order = pieces.indices.sorted {
      (pieces[$1].elements.count, $0) < (pieces[$0].elements.count, $1)
    }
    try workGroup.forEach(
      order.count,
      state: { StripScratch(stripCount: sources.count, stripElements: Self.stripElements) }
    ) { scratch, place in
      let piece = pieces[order[place]]
      var sums = try sum(piece.elements, of: works[piece.work], scratch: scratch)
      let parts = sums.removeSketches()
      results.withLock { $0[order[place]] = sums }
      if parts.contains(where: { $0 != nil }) {
        sketches.withLock { DeltaSketch.add(parts, to: &$0[piece.work]) }
      }
      let completed = done.add(piece.elements.count, ordering: .relaxed).newValue
      progress?(
        WorkProgress(phase: "comparing", completed: completed, total: total, unit: "values"))
    }
    var sums = works.map(TensorSums.init(nothingOf:))
    for (piece, result) in zip(pieces, results.withLock(\.self)) {
      if let result { sums[piece.work].append(result) }
    }
    for (work, counted) in sketches.withLock(\.self).enumerated() {
      for (pair, sketch) in counted.enumerated() { sums[work].pairs[pair].sketch = sketch }
    }
    return sums
  }

  private static func pieces(of works: [TensorWork]) -> [Piece] {
    works.indices.flatMap { work in
      let count = works[work].elementCount
      return stride(from: 0, to: count, by: pieceElements).map { start in
        Piece(work: work, elements: start..<min(count, start + pieceElements))
      }
    }
  }

  private func sum(
    _ elements: Range<Int>, of work: TensorWork, scratch: StripScratch
  ) throws -> TensorSums {
    defer { discard(elements, of: work) }
    return try withStoredRuns(of: work) { stored in
      var streams = TensorStreams(work, elements: elements)
      // Values that are used once and need no decoding gain nothing from being cut.
      let isWhole = work.usesValuesOnce && work.isStored(in: stored)
      for start in stride(
        from: elements.lowerBound, to: elements.upperBound,
        by: isWhole ? elements.count : Self.stripElements)
      {
        let end = isWhole ? elements.upperBound : start + Self.stripElements
        let strip = start..<min(elements.upperBound, end)
        streams.add(
          try runs(of: work, strip: strip, stored: stored, scratch: scratch), strip: strip)
      }
      var sums = streams.sums
      try countExactly(elements, of: work, into: &sums)
      try addSteps(elements, of: work, to: &sums)
      return sums
    }
  }

  /// Gives up the memory of elements that have been read, so that tensors of any size stream through.
  private func discard(_ elements: Range<Int>, of work: TensorWork) {
    for (source, tensor) in zip(sources, work.tensors) {
      guard let tensor else { continue }
      source.discard(tensor, elements: elements.clamped(to: 0..<tensor.elementCount))
    }
  }

  /// Counts the identical elements anew where the kernels' floats would round differences away.
  private func countExactly(
    _ elements: Range<Int>, of work: TensorWork, into sums: inout TensorSums
  ) throws {
    for (index, pair) in work.pairs.enumerated() {
      guard let base = work.tensors[pair.base], let other = work.tensors[pair.other],
        let comparison = try ExactComparison(
          base: sources[pair.base], base, other: sources[pair.other], other)
      else { continue }
      let compared = elements.clamped(to: 0..<pair.elementCount)
      let count = try stride(
        from: compared.lowerBound, to: compared.upperBound, by: Self.stripElements
      ).reduce(0) { count, start in
        let strip = start..<min(compared.upperBound, start + Self.stripElements)
        return count + (try comparison.identicalCount(in: strip))
      }
      sums.pairs[index].delta.identicalCount = count
    }
  }

  /// A strip of every checkpoint's tensor: its stored bytes where they can be read as they are,
  /// else decoded values.
  private func runs(
    of work: TensorWork, strip: Range<Int>, stored: [StoredRun?], scratch: StripScratch
  ) throws -> [StoredRun?] {
    try sources.indices.map { index in
      guard let tensor = work.tensors[index] else { return nil }
      if let run = stored[index] { return run.dropFirst(strip.lowerBound) }
      let part = strip.clamped(to: 0..<tensor.elementCount)
      if let type = tensor.wideType,
        let bytes = try sources[index].storedBytes(of: tensor, elements: part)
      {
        return scratch.copy(bytes, type: type, to: index)
      }
      return try scratch.fill(index, count: part.count) { output in
        try sources[index].decode(tensor, elements: part, order: .logical, into: &output)
      }
    }
  }

  /// Calls a closure with the stored elements of every checkpoint's tensor that can be read as
  /// they are, in the order of the checkpoints.
  private func withStoredRuns<Result>(
    of work: TensorWork, from index: Int = 0, _ found: [StoredRun?] = [],
    _ body: ([StoredRun?]) throws -> Result
  ) throws -> Result {
    guard index < sources.count else { return try body(found) }
    if let tensor = work.tensors[index], let type = tensor.dtype.storedNumberType {
      let result = try sources[index].withStoredBytes(of: tensor, order: .logical) { bytes in
        try StoredRun.with(bytes, type: type, count: tensor.elementCount) { run in
          try withStoredRuns(of: work, from: index + 1, found + [run], body)
        }
      }
      if let result { return result }
    }
    return try withStoredRuns(of: work, from: index + 1, found + [nil], body)
  }
}

extension TensorWork {
  /// Whether every tensor that is compared was found among stored runs.
  fileprivate func isStored(in runs: [StoredRun?]) -> Bool {
    pairs.allSatisfy { runs[$0.base] != nil && runs[$0.other] != nil }
  }
}

extension TensorInfo {
  /// How the kernels read values that 32-bit floats cannot hold; `nil` for other values.
  fileprivate var wideType: lethe_delta_type? {
    dtype.exceedsFloat && !isScaled ? dtype.storedNumberType : nil
  }
}
