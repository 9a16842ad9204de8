import Foundation

/// A small random generator that gives the same numbers for the same seed.
public struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  /// Starts the generator.
  public init(seed: UInt64) { state = seed }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}

/// The seed of tests that try something else in every run.
public enum TestSeed {
  /// The environment variable that repeats a run: a whole number.
  public static let variable = "LETHE_TEST_SEED"

  /// The seed of this run: that of the environment, else a new one.
  public static let value: UInt64 =
    ProcessInfo.processInfo.environment[variable].flatMap { UInt64($0) }
    ?? .random(in: 0...UInt64.max)

  /// What a failure says, so that it can be repeated.
  public static let comment = "repeat with \(variable)=\(value)"
}
