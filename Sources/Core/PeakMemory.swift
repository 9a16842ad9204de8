import Foundation

/// The most memory that this process has had so far, in bytes, mapped files that were read among it;
/// `nil` where the system does not tell.
public func peakMemoryByteCount() -> Int? {
  guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else {
    return nil
  }
  let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
  let kibibytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first
  return kibibytes.flatMap { Int($0) }.map { $0 * 1024 }
}
