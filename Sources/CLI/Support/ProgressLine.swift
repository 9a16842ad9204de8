import Core
import Foundation
import Synchronization

/// One line on standard error that says how far the work has come.
///
/// It appears after a quarter of a second, is redrawn at most ten times a second, and skips a
/// report rather than wait for another thread.
final class ProgressLine: Sendable {
  private struct State {
    var phase = ""
    var started = ContinuousClock.now
    var drawn: ContinuousClock.Instant?
  }

  private let state = Mutex(State())
  private static let delay = Duration.milliseconds(250)
  private static let interval = Duration.milliseconds(100)

  /// Takes a report and draws it when it is time.
  func show(_ progress: WorkProgress) {
    state.withLockIfAvailable { state in
      let now = ContinuousClock.now
      if state.phase != progress.phase {
        state.phase = progress.phase
        state.started = now
      }
      let elapsed = now - state.started
      guard elapsed >= Self.delay, state.drawn.map({ now - $0 >= Self.interval }) ?? true else {
        return
      }
      state.drawn = now
      Self.write("\r\u{1B}[K\(Self.text(of: progress, seconds: elapsed / .seconds(1)))")
    }
  }

  /// Removes the line.
  func clear() {
    if state.withLock({ $0.drawn != nil }) { Self.write("\r\u{1B}[K") }
  }

  private static func text(of progress: WorkProgress, seconds: Double) -> String {
    let rate = Double(progress.completed) / seconds
    let left = rate > 0 ? Double(progress.total - progress.completed) / rate : 0
    return "\(progress.phase): \(NumberText.grouped(progress.completed)) of "
      + "\(NumberText.grouped(progress.total)) \(progress.unit), "
      + "\(NumberText.significant(rate, digits: 3)) \(progress.unit)/s, "
      + "\(NumberText.duration(seconds: left)) left"
  }

  private static func write(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }
}
