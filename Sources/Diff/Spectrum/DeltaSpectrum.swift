import Foundation

/// The largest singular values of a matrix's delta, and what follows from them.
///
/// With σ₁ ≥ σ₂ ≥ … the singular values of Δ, other minus base of the decoded values.
public struct DeltaSpectrum: Sendable, Equatable {
  /// How the values were found.
  public enum Method: String, Sendable {
    /// By LAPACK, all of them.
    case exact
    /// By randomised block Krylov iteration.
    case blockKrylov = "block_krylov"
    /// From the two thin matrices of an adapter.
    case factors
    /// Without work: the delta is zero.
    case zero
  }

  /// The largest singular values, the largest first; as many as were asked for and exist.
  public var singularValues: [Double]
  /// How they were found.
  public var method: Method
  /// How far each value may be from the exact one, as a share of the largest.
  ///
  /// For ``Method/blockKrylov`` it is computed from the residuals of the vectors: where a value's
  /// distance to the rest of the spectrum allows it, the square of the residual over that distance,
  /// else the residual. Twenty bits of the largest value are added for rounding.
  public var errorBound: Double
  /// The largest singular value, σ₁ = ‖Δ‖₂.
  public var spectralNorm: Double
  /// ‖Δ‖²_F / σ₁²; `nil` for a delta of zero.
  public var stableRank: Double?
  /// The share of ‖Δ‖²_F that ``singularValues`` hold, Σ σᵢ² / ‖Δ‖²_F; `nil` for a delta of zero.
  public var energyCaptured: Double?
  /// The smallest k whose largest k values hold 90 % of ‖Δ‖²_F (Biderman et al. 2024); `nil` where
  /// the values that are known do not decide it.
  public var rank90: Int?
  /// The least that ``rank90`` can be.
  public var rank90AtLeast: Int
  /// The effective rank of Roy and Vetterli (2007), exp(−Σ pᵢ ln pᵢ) with pᵢ = σᵢ / Σ σ; `nil` for
  /// a delta of zero and where the values that are known do not decide it to 0.1 %.
  public var effectiveRank: Double?

  /// How much the effective rank may be open, as a share.
  private static let effectiveRankTolerance = 1e-3

  /// The spectrum of a delta of zero.
  static let zero = DeltaSpectrum(
    singularValues: [], method: .zero, errorBound: 0, spectralNorm: 0, rank90: 0, rank90AtLeast: 0)

  private init(
    singularValues: [Double], method: Method, errorBound: Double, spectralNorm: Double,
    rank90: Int?, rank90AtLeast: Int
  ) {
    self.singularValues = singularValues
    self.method = method
    self.errorBound = errorBound
    self.spectralNorm = spectralNorm
    self.rank90 = rank90
    self.rank90AtLeast = rank90AtLeast
  }

  /// Derives what follows from the values.
  ///
  /// - Parameters:
  ///   - triplets: The values that are known.
  ///   - count: How many of them are shown; `nil` for all.
  ///   - squares: ‖Δ‖²_F, not zero.
  ///   - rankLimit: How many values there are.
  init(_ triplets: LeadingTriplets, count: Int?, squares: Double, rankLimit: Int) {
    let known = triplets.values
    let shown = Array(known.prefix(count ?? known.count))
    self.init(
      singularValues: shown, method: triplets.method, errorBound: triplets.errorBound,
      spectralNorm: known.first ?? 0, rank90: nil, rank90AtLeast: 0)
    stableRank = spectralNorm > 0 ? squares / (spectralNorm * spectralNorm) : nil
    energyCaptured = min(1, shown.reduce(0) { $0 + $1 * $1 } / squares)
    setRank90(known, squares: squares, rankLimit: rankLimit, isComplete: triplets.isComplete)
    effectiveRank = Self.effectiveRank(
      known, squares: squares, unknownCount: triplets.isComplete ? 0 : rankLimit - known.count)
  }

  private mutating func setRank90(
    _ known: [Double], squares: Double, rankLimit: Int, isComplete: Bool
  ) {
    // What is known completely need not add up to the last bit.
    let total = isComplete ? known.reduce(0) { $0 + $1 * $1 } : squares
    var sum = 0.0
    for (index, value) in known.enumerated() {
      sum += value * value
      if sum >= 0.9 * total {
        rank90 = index + 1
        rank90AtLeast = index + 1
        return
      }
    }
    guard let last = known.last, last > 0 else { return }
    // Each value that is not known is at most as large as the last one that is.
    let missing = ((0.9 * total - sum) / (last * last)).rounded(.up)
    rank90AtLeast = min(rankLimit, known.count + max(1, Int(missing)))
  }

  /// The effective rank, if what the unknown values could add hardly changes it.
  private static func effectiveRank(
    _ known: [Double], squares: Double, unknownCount: Int
  ) -> Double? {
    let least = entropyRank(known, rest: 0, over: 1)
    guard unknownCount > 0 else { return least }
    // Their sum is largest, and so is the entropy, if all are alike.
    let energy = max(0, squares - known.reduce(0) { $0 + $1 * $1 })
    let sum = (energy * Double(unknownCount)).squareRoot()
    guard let most = entropyRank(known, rest: sum, over: unknownCount), let least,
      most - least <= effectiveRankTolerance * least
    else { return nil }
    return (least + most) / 2
  }

  /// exp of the entropy of values and a rest that is spread evenly over many.
  private static func entropyRank(_ values: [Double], rest: Double, over count: Int) -> Double? {
    let total = values.reduce(rest, +)
    guard total > 0 else { return nil }
    func term(_ value: Double) -> Double {
      let share = value / total
      return share > 0 ? -share * log(share) : 0
    }
    let entropy = values.reduce(0) { $0 + term($1) }
    return exp(entropy + Double(count) * term(rest / Double(count)))
  }
}
