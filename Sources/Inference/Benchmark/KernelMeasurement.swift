/// How fast one kernel ran on all threads.
public struct KernelMeasurement: Sendable, Equatable {
  /// What was measured.
  public enum Operation: String, Sendable, CaseIterable {
    /// Rows times a matrix of weights, both packed.
    case product
    /// Weights brought from 32 bits into panels.
    case packWeights = "pack_weights"
    /// Weights brought from bf16 into panels.
    case packHalves = "pack_bf16_weights"
    /// Rows brought into blocks.
    case packRows = "pack_rows"
    /// Causal attention of a text to itself.
    case attention
    case softmax
    /// What remains of logits: the largest, the first that is, and the sum of exponentials.
    case logSumExp = "log_sum_exp"
  }

  /// What a rate counts.
  public enum Unit: String, Sendable, CaseIterable {
    /// 10⁹ floating-point operations a second, two for each multiply-add.
    case gflops
    /// 10⁹ bytes a second, of what is read.
    case gigabytesPerSecond = "gigabytes_per_second"
    /// 10⁹ elements a second.
    case gigaelementsPerSecond = "gigaelements_per_second"
  }

  /// What was measured.
  public var operation: Operation
  /// The format that products take their inputs in, such as `bf16`.
  public var numerics: String
  /// How many rows went through; `nil` where it does not matter.
  public var rowCount: Int?
  /// The weights' rows; for attention the elements of all query heads.
  public var outputCount: Int?
  /// The elements of a row.
  public var inputCount: Int
  /// The median rate.
  public var rate: Double
  /// What the rate counts.
  public var unit: Unit
  /// The rate as a share of the machine's peak; `nil` for what is no matter of multiplications.
  public var shareOfPeak: Double?
}
