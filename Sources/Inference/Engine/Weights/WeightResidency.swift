import Core
import Synchronization

/// Packs matrices when they are needed, and keeps as many as there is memory for.
///
/// Those that are kept are the first that are used: in a run that uses all of them again and again,
/// keeping the latest would keep nothing that is needed next.
final class WeightResidency: Sendable {
  private let workGroup: WorkGroup
  private let kernels: Kernels
  private let kept: Set<ObjectIdentifier>

  /// Decides which matrices are kept.
  ///
  /// - Parameters:
  ///   - matrices: Those that are used together, in the order of their use.
  ///   - budget: How much memory they may take, in bytes; `nil` for no limit.
  ///   - kernels: What packs them.
  ///   - workGroup: The threads that pack them.
  init(_ matrices: [[PackedMatrix]], budget: Int? = nil, kernels: Kernels, workGroup: WorkGroup) {
    self.workGroup = workGroup
    self.kernels = kernels
    let sizes = matrices.map { $0.reduce(0) { $0 + $1.byteCount } }
    let total = PackedMatrix.byteCount(matrices.joined())
    // What is not kept passes through memory of its own.
    let passing = budget.map { total <= $0 ? 0 : sizes.max() ?? 0 } ?? 0
    var left = budget.map { $0 - passing } ?? .max
    var kept: Set<ObjectIdentifier> = []
    for matrix in matrices.joined() where !kept.contains(matrix.identity) {
      guard matrix.byteCount <= left else { break }
      left -= matrix.byteCount
      kept.insert(matrix.identity)
    }
    self.kept = kept
  }

  /// Calls a closure while matrices are packed.
  ///
  /// - Throws: `CheckpointError` for a tensor that cannot be decoded, and what the closure throws.
  func with(_ matrices: [PackedMatrix], _ body: () throws -> Void) throws {
    try PackedMatrix.pack(matrices, kernels, workGroup)
    try body()
    for matrix in matrices where !kept.contains(matrix.identity) { matrix.unpack() }
  }

  /// Gives up all panels.
  static func release(_ matrices: [[PackedMatrix]]) {
    for matrix in matrices.joined() { matrix.unpack() }
  }
}
