import Foundation

/// The number of cores that this process may run on, at least 1.
func processorCount() -> Int {
  max(1, ProcessInfo.processInfo.activeProcessorCount)
}
