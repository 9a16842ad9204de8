import Synchronization

/// Scratch memory of encoders, one for each that works at the same time.
final class ScratchPool: Sendable {
  private let free = Mutex<[EncodingScratch]>([])

  /// Calls a closure with scratch memory that nothing else uses meanwhile.
  func with<Result>(_ body: (inout EncodingScratch) -> Result) -> Result {
    var scratch = free.withLock { $0.popLast() } ?? EncodingScratch()
    let result = body(&scratch)
    let returned = scratch
    free.withLock { $0.append(returned) }
    return result
  }
}
