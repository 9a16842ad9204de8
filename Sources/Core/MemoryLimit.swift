import Foundation

/// How much memory this process may use, in bytes: that of the machine, or of the control group that
/// it runs in where that is less.
public let memoryLimit: Int = {
  let machine = Int(clamping: ProcessInfo.processInfo.physicalMemory)
  let files = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
  let limits = files.compactMap { path in
    (try? String(contentsOfFile: path, encoding: .utf8)).flatMap {
      Int($0.trimmingCharacters(in: .whitespacesAndNewlines))
    }
  }
  return limits.reduce(machine, min)
}()
