/// What a machine can do at best, and what its kernels do.
public struct KernelSpeeds: Sendable, Equatable {
  /// What the machine can do in one format.
  public struct Peak: Sendable, Equatable {
    /// The format that products take their inputs in.
    public var numerics: String
    /// 10⁹ floating-point operations a second of independent instructions, all threads together.
    public var gflops: Double
  }

  /// One for each format.
  public var peaks: [Peak]
  /// The measurements.
  public var measurements: [KernelMeasurement]
}
