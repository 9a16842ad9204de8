import Core
import Formats
import Synchronization

/// Computes spectra, intruder dimensions and rotations of every matrix of a comparison.
///
/// Each matrix is one piece of work on one thread, held in memory as 32-bit floats; as many are
/// worked on at once as ``memoryBudget`` allows, and at least one.
struct SpectralPass {
  /// How many bytes the matrices that are worked on at once may take together.
  static let memoryBudget = 1 << 30
  /// How exact values are, relative to each of them.
  private static let valueTolerance = 1e-3
  /// How exact vectors are: their residual relative to the largest value.
  private static let vectorTolerance = 1e-4

  let base: any TensorSource
  let other: any TensorSource
  let measures: DriftMeasures
  let algebra: LinearAlgebra

  /// One matrix to be looked at.
  private struct Piece {
    var pair: Int
    var matrix: PairedMatrix
    /// ‖Δ‖²_F where it is known already.
    var squares: Double?
    var byteCount: Int
  }

  /// What was found in one matrix.
  private struct Found {
    var spectrum: DeltaSpectrum?
    var intruderCount: Int?
    var rotation: SubspaceRotation?
  }

  /// Looks at all matrices.
  ///
  /// - Parameters:
  ///   - pairs: The pairs that were compared.
  ///   - metrics: How far each of them moved.
  ///   - workGroup: The threads to work with.
  ///   - progress: Is told how many matrices are done.
  /// - Returns: One entry for each pair; `nil` for vectors and scalars.
  /// - Throws: ``Formats/CheckpointError`` if a tensor cannot be read; ``Core/InputError`` if there
  ///   is not enough memory.
  func run(
    _ pairs: [Pairing.Pair], metrics: [DeltaMetrics], workGroup: WorkGroup,
    progress: WorkProgress.Handler?
  ) throws -> [SpectralMeasures?] {
    var results = [SpectralMeasures?](repeating: nil, count: pairs.count)
    var pieces: [Piece] = []
    for (index, pair) in pairs.enumerated() {
      let matrices = PairedMatrix.matrices(of: pair, base: base, other: other)
      guard !matrices.isEmpty else { continue }
      results[index] = SpectralMeasures(asked: measures)
      if metrics[index].nonFiniteCount > 0 {
        results[index]?.problem =
          "\(metrics[index].nonFiniteCount) values are NaN or infinite"
        continue
      }
      let squares = metrics[index].l2Delta * metrics[index].l2Delta
      pieces += matrices.map { matrix in
        Piece(
          pair: index, matrix: matrix,
          squares: matrices.count == 1 || squares == 0 ? squares : nil,
          byteCount: byteCount(of: matrix))
      }
    }
    for (piece, found) in zip(pieces, try look(at: pieces, workGroup, progress)) {
      let isStack = pairs[piece.pair].isExpertStack
      results[piece.pair]?.add(
        found.spectrum, found.intruderCount, found.rotation, isOfStack: isStack)
    }
    return results
  }

  /// Looks at matrices in waves of those that so many threads can hold at once.
  private func look(
    at pieces: [Piece], _ workGroup: WorkGroup, _ progress: WorkProgress.Handler?
  ) throws -> [Found] {
    let results = Mutex([Found](repeating: Found(), count: pieces.count))
    let done = Atomic(0)
    let order = pieces.indices.sorted { (pieces[$1].byteCount, $0) < (pieces[$0].byteCount, $1) }
    let waves = Dictionary(grouping: order) { index in
      min(workGroup.threadCount, max(1, Self.memoryBudget / max(1, pieces[index].byteCount)))
    }
    for (threadCount, wave) in waves.sorted(by: { $0.key < $1.key }) {
      try WorkGroup(threadCount: threadCount).forEach(wave.count) { place in
        let found = try look(at: pieces[wave[place]])
        results.withLock { $0[wave[place]] = found }
        progress?(
          WorkProgress(
            phase: "spectra", completed: done.add(1, ordering: .relaxed).newValue,
            total: pieces.count, unit: "matrices"))
      }
    }
    return results.withLock(\.self)
  }

  /// How many bytes one matrix and the work on it take.
  private func byteCount(of matrix: PairedMatrix) -> Int {
    let size = matrix.rankLimit
    let elements = matrix.rowCount * matrix.columnCount
    var byteCount = 0
    switch measures.spectrum {
    case .all: byteCount = 12 * elements
    case .top(let count):
      let vectors =
        LeadingTriplets.isDense(size: size, count: count)
        ? 2 * size : BlockKrylov.basisLimit(size: size, count: count)
      byteCount = 4 * elements + 4 * vectors * (matrix.rowCount + matrix.columnCount)
    case nil: break
    }
    return measures.intruders ? max(byteCount, 8 * elements + 24 * size * size) : byteCount
  }

  private func look(at piece: Piece) throws -> Found {
    defer { piece.matrix.discard() }
    var found = Found()
    if let size = measures.spectrum {
      found.spectrum = try spectrum(of: piece, size: size)
    }
    if measures.intruders { try addVectors(of: piece, to: &found) }
    return found
  }

  private func spectrum(
    of piece: Piece, size: DriftMeasures.SpectrumSize
  ) throws -> DeltaSpectrum {
    guard piece.squares != 0 else { return .zero }
    let count: Int? = if case .top(let count) = size { count } else { nil }
    let matrix = piece.matrix
    if let factors = try matrix.factors {
      let triplets = try FactorSpectrum(algebra: algebra).values(of: factors)
      return DeltaSpectrum(
        triplets, count: count, squares: triplets.values.reduce(0) { $0 + $1 * $1 },
        rankLimit: matrix.rankLimit)
    }
    let delta = try matrix.delta()
    let squares = piece.squares ?? delta.all.squares
    guard squares > 0 else { return .zero }
    let triplets =
      if let count {
        try LeadingTriplets.of(
          delta, count: count, accuracy: .values(Self.valueTolerance), algebra: algebra)
      } else {
        try DenseTriplets(algebra: algebra, matrix: delta).all()
      }
    return DeltaSpectrum(triplets, count: count, squares: squares, rankLimit: matrix.rankLimit)
  }

  /// Adds intruders and rotation.
  private func addVectors(of piece: Piece, to found: inout Found) throws {
    let matrix = piece.matrix
    let base = try matrix.values(of: .base)
    let count = min(IntruderDimensions.vectorCount, matrix.rankLimit)
    func triplets(_ panel: Panel<Float>) throws -> LeadingTriplets {
      try LeadingTriplets.of(
        panel, count: count, accuracy: .vectors(Self.vectorTolerance), algebra: algebra)
    }
    let first = try triplets(base)
    guard piece.squares != 0 else {
      found.intruderCount = 0
      found.rotation = try SubspaceRotation(base: first, other: first, algebra: algebra)
      return
    }
    let second = try triplets(try matrix.values(of: .other))
    found.intruderCount = try IntruderDimensions(algebra: algebra, base: base)
      .count(known: first, other: second)
    found.rotation = try SubspaceRotation(base: first, other: second, algebra: algebra)
  }
}

extension SpectralMeasures {
  /// Adds what one matrix of the tensor gives.
  fileprivate mutating func add(
    _ spectrum: DeltaSpectrum?, _ intruderCount: Int?, _ rotation: SubspaceRotation?,
    isOfStack: Bool
  ) {
    if let intruderCount { self.intruderCount = (self.intruderCount ?? 0) + intruderCount }
    guard isOfStack else {
      self.spectrum = spectrum
      self.rotation = rotation
      return
    }
    if let spectrum { expertSpectra.append(spectrum) }
  }
}

extension PairedMatrix {
  /// The thin matrices that the delta is the product of, if the other is the base with an adapter.
  fileprivate var factors: LowRankDelta? {
    get throws {
      guard firstElement == 0, pair.shape == pair.other.logicalShape, pair.shape.count == 2 else {
        return nil
      }
      return try other.lowRankDelta(of: pair.other, from: pair.base, of: base)
    }
  }
}
