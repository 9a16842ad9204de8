import CKernels
import Core
import Synchronization

extension Kernels {
  /// The largest count of floating-point operations a second that this machine reaches with products
  /// of an operand, all threads together: independent instructions that touch no memory.
  func peak(_ operand: Operand, seconds: Double, _ workGroup: WorkGroup) -> Double {
    let set = set
    let sum = Mutex(0.0)
    workGroup.perform(workGroup.threadCount) { _ in
      let own = lethe_peak(set, operand.kernel, seconds)
      sum.withLock { $0 += own }
    }
    return sum.withLock(\.self)
  }
}
