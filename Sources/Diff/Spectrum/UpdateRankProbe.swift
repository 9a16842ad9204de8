import Core
import Formats

/// Looks for the rank of the update of one matrix.
struct UpdateRankProbe {
  /// How many rows and columns a matrix must have, and how many rows are looked at.
  static let rowLimit = 32...256
  /// How many rows are looked at where the rank may be too large for that.
  private static let secondRowLimit = 512
  /// The share of the rows that a rank may take: the rest must show what noise there is.
  private static let rankShare = 4
  /// How far above the noise's largest singular value a value must be to count.
  private static let margin = 1.1
  /// How many times larger than rounding noise the rest may be.
  private static let noiseRatioLimit = 2.0
  /// How many times rounding noise the rest must be at least, unless there is as good as none.
  ///
  /// Where it is smaller, rounding has swallowed parts of the update, and what is left of that is no
  /// noise: it has a larger rank than what was added.
  private static let leastNoiseRatio = 0.92
  /// The share of the squares that is as good as none.
  private static let negligibleShare = 1e-8
  /// The share of changed values that the update may leave unexplained.
  private static let unexplainedLimit = 0.05
  /// How far, in steps, rounding to the nearest goes, and a little.
  private static let stepLimit = 0.55
  /// How many deviations the update may be off by, as it is estimated from noisy values.
  private static let deviationLimit = 4.0

  let algebra: LinearAlgebra
  let matrix: PairedMatrix

  /// Looks at some rows, and at more if the rank may be larger than they can show.
  func look() throws -> UpdateRank.Matrix {
    let first = try look(rowCount: min(matrix.rowCount, Self.rowLimit.upperBound))
    let more = min(matrix.rowCount, Self.secondRowLimit)
    guard case .undetermined = first.outcome, more > first.rowCount, first.noiseRatio > 0 else {
      return first
    }
    return try look(rowCount: more)
  }

  private func look(rowCount: Int) throws -> UpdateRank.Matrix {
    let rows = (0..<rowCount).map { $0 * matrix.rowCount / rowCount }
    let weights = try matrix.values(of: .other, rows: rows)
    let delta = try matrix.delta(rows: rows)
    let steps = try steps(of: weights, rows: rows)
    let (values, vectors) = try spectrum(of: delta, wantsVectors: true)
    let (noise, _) = try spectrum(of: try randomNoise(steps), wantsVectors: false)
    var result = UpdateRank.Matrix(
      name: matrix.pair.base.name, rowCount: rowCount,
      outcome: .undetermined(reason: "the delta of the rows that were looked at is zero"),
      noiseRatio: 0)
    guard values[0] > 0, noise[0] > 0, let vectors else { return result }
    let rank = Self.countAboveNoise(values, noise, ratio: &result.noiseRatio)
    guard result.noiseRatio <= Self.noiseRatioLimit else {
      result.outcome = .full
      return result
    }
    guard rank <= values.count / Self.rankShare else {
      result.outcome = .undetermined(
        reason: "\(rank) of \(values.count) singular values stand above rounding")
      return result
    }
    guard rank > 0 else {
      result.outcome = .undetermined(reason: "no singular value stands above rounding")
      return result
    }
    guard Self.isNoise(values, rank: rank, ratio: result.noiseRatio, delta) else {
      result.outcome = .undetermined(reason: "rounding has swallowed a part of the update")
      return result
    }
    let least = try leastRank(upTo: rank, values, vectors, delta, rows: rows)
    let unexplained = try unexplainedFraction(delta, steps: steps, basis: vectors.last(least))
    result.outcome =
      unexplained <= Self.unexplainedLimit
      ? .low(rank: least)
      : .undetermined(
        reason: "an update of rank \(least) does not explain the weights within rounding")
    return result
  }

  /// Whether what remains of some singular values can be the noise of rounding, or is next to nothing.
  private static func isNoise(
    _ values: [Double], rank: Int, ratio: Double, _ delta: Panel<Float>
  ) -> Bool {
    let squares = values.map { $0 * $0 }
    let rest = squares[rank...].reduce(0, +)
    if rest <= negligibleShare * squares.reduce(0, +) { return true }
    // What is orthogonal to the update has that many dimensions less than noise.
    let share = Double(rank) * (1 / Double(delta.rowCount) + 1 / Double(delta.columnCount)) / 2
    return ratio >= leastNoiseRatio * (1 - share).squareRoot()
  }

  /// How many singular values stand above noise that is as large as what remains of them; `ratio`
  /// receives how many times the noise that is.
  private static func countAboveNoise(
    _ values: [Double], _ noise: [Double], ratio: inout Double
  ) -> Int {
    var rank = 0
    // The rest shrinks while the rank grows; that ends, for the rank is bounded.
    while true {
      let rest = values[rank...]
      ratio = rest[rank + rest.count / 2] / noise[noise.count / 2]
      let edge = margin * noise[0] * max(ratio, .leastNormalMagnitude)
      let count = values.prefix { $0 > edge }.count
      guard count > rank, count < values.count else { return max(count, rank) }
      rank = count
    }
  }

  /// How far apart stored numbers are at each value; the coarser of the two types.
  private func steps(of weights: Panel<Float>, rows: [Int]) throws -> Panel<Float> {
    let formats = [matrix.pair.base.dtype, matrix.pair.other.dtype].compactMap(\.floatFormat)
    let values = weights.all.values
    return weights.withElements(0..<values.count) { span in
      for index in values.indices {
        var step = 0.0
        for format in formats { step = max(step, format.step(at: values[index])) }
        span[index] = Float(step)
      }
      return weights
    }
  }

  /// Errors of rounding with these steps: even between half a step below and above.
  private func randomNoise(_ steps: Panel<Float>) throws -> Panel<Float> {
    let noise = try Panel<Float>(rowCount: steps.rowCount, columnCount: steps.columnCount)
    let values = steps.all.values
    var random = SeededNumbers(seed: 1)
    noise.withElements(0..<values.count) { span in
      for index in values.indices { span[index] = values[index] * (random.nextUnit() - 0.5) }
    }
    return noise
  }

  /// The singular values of a matrix with few columns, the largest first, and the vectors of its
  /// columns' side, the smallest first.
  private func spectrum(
    of panel: Panel<Float>, wantsVectors: Bool
  ) throws -> (values: [Double], vectors: Panel<Double>?) {
    let gram = try GramMatrix(algebra: algebra).square(of: panel)
    let vectors =
      wantsVectors
      ? try Panel<Double>(rowCount: gram.rowCount, columnCount: gram.rowCount) : nil
    let squares = try algebra.eigenvalues(of: gram.all, count: gram.rowCount, vectors: vectors)
    let values = squares.reversed().map { max(0, $0).squareRoot() }
    return (Array(values.prefix(min(panel.rowCount, panel.columnCount))), vectors)
  }

  /// The smallest rank whose merged update looks like what was found.
  ///
  /// Values that move by less than half a step do not move at all; so rounding is no noise that is
  /// independent of the update, and makes singular values of its own out of it. Updates of lower rank
  /// are merged and rounded here, and must leave no less than what was found after theirs.
  private func leastRank(
    upTo rank: Int, _ values: [Double], _ vectors: Panel<Double>, _ delta: Panel<Float>,
    rows: [Int]
  ) throws -> Int {
    guard let format = matrix.pair.other.dtype.floatFormat else { return rank }
    let weights = try matrix.values(of: .base, rows: rows).all.values
    func isEnough(_ rank: Int) throws -> Bool {
      let update = try self.update(delta, basis: vectors.last(rank)).all.values
      let merged = try Panel<Float>(rowCount: delta.rowCount, columnCount: delta.columnCount)
      merged.withElements(0..<weights.count) { span in
        for index in weights.indices {
          let weight = weights[index]
          span[index] = format.rounded(Double(weight) + update[index]) - weight
        }
      }
      let (made, _) = try spectrum(of: merged, wantsVectors: false)
      return values[rank] <= Self.margin * made[rank]
    }
    // Mostly it is the rank that was found.
    guard rank > 1, try isEnough(rank - 1) else { return rank }
    var (low, high) = (1, rank - 1)
    while low < high {
      let middle = (low + high) / 2
      if try isEnough(middle) { high = middle } else { low = middle + 1 }
    }
    return high
  }

  /// The update of the rows, Δ U Uᵀ with U their leading singular vectors; a row is a column here.
  private func update(_ delta: Panel<Float>, basis: Block<Double>) throws -> Panel<Double> {
    let wide = try Panel<Double>(rowCount: delta.rowCount, columnCount: delta.columnCount)
    wide.all.copy(delta.all)
    let products = try Panel<Double>(rowCount: delta.rowCount, columnCount: basis.columnCount)
    algebra.multiply(wide.all, by: basis, into: products.all)
    algebra.multiply(products.all, by: basis, .transposed, into: wide.all)
    return wide
  }

  /// The share of the changed values that lie further from base plus update than rounding goes.
  private func unexplainedFraction(
    _ delta: Panel<Float>, steps: Panel<Float>, basis: Block<Double>
  ) throws -> Double {
    let update = try update(delta, basis: basis).all.values
    let (deltas, steps) = (delta.all.values, steps.all.values)
    let slack = Self.deviationLimit * deviation(of: steps, rank: basis.columnCount, delta)
    var (changed, unexplained) = (0, 0)
    for index in deltas.indices {
      if deltas[index] != 0 { changed += 1 }
      let rest = abs(Double(deltas[index]) - update[index])
      if rest > Self.stepLimit * Double(steps[index]) + slack { unexplained += 1 }
    }
    return Double(unexplained) / Double(max(1, changed))
  }

  /// How far an update of some rank is off in the root mean square, where it is estimated from values
  /// that were rounded with these steps: each of its vectors takes a part of the noise along.
  private func deviation(of steps: [Float], rank: Int, _ delta: Panel<Float>) -> Double {
    let squares = steps.reduce(0.0) { $0 + Double($1) * Double($1) }
    let noise = (squares / Double(12 * max(1, steps.count))).squareRoot()
    let share = 1 / Double(delta.rowCount) + 1 / Double(delta.columnCount)
    return noise * (Double(rank) * share).squareRoot()
  }
}

extension Panel {
  /// The last columns.
  fileprivate func last(_ count: Int) -> Block<Scalar> { self[columnCount - count..<columnCount] }
}
