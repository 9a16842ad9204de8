import Synchronization

/// Scratch memory, one for each thread that works at the same time.
final class ScratchPool<Scratch: Sendable>: Sendable {
  private let free = Mutex<[Scratch]>([])
  private let make: @Sendable () -> Scratch

  /// Creates a pool without scratch memory; a closure makes what is needed.
  init(_ make: @escaping @Sendable () -> Scratch) { self.make = make }

  /// Calls a closure with scratch memory that nothing else uses meanwhile.
  func with<Result>(_ body: (inout Scratch) -> Result) -> Result {
    var scratch = free.withLock { $0.popLast() } ?? make()
    let result = body(&scratch)
    let returned = scratch
    free.withLock { $0.append(returned) }
    return result
  }
}
