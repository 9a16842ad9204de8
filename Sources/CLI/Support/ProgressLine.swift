import Core
import Synchronization

/// One line on standard error that says how far the work has come.
///
/// It appears after a quarter of a second, is redrawn at most ten times a second, and skips a
/// report rather than wait for another thread. It can also leave behind what each phase took.
final class ProgressLine: Sendable {
  private struct State {
    var last: WorkProgress?
    var started = ContinuousClock.now
    var drawn: ContinuousClock.Instant?
  }

  private let state = Mutex(State())
  private let isDrawn: Bool
  private let keepsPhases: Bool
  private static let delay = Duration.milliseconds(250)
  private static let interval = Duration.milliseconds(100)

  init(isDrawn: Bool, keepsPhases: Bool) {
    self.isDrawn = isDrawn
    self.keepsPhases = keepsPhases
  }

  /// Takes a report and draws it when it is time.
  func show(_ progress: WorkProgress) {
    _ = state.withLockIfAvailable { state in
      let now = ContinuousClock.now
      if state.last?.phase != progress.phase {
        endPhase(&state, at: now)
        state.started = now
      }
      if progress.completed >= state.last?.completed ?? -1 { state.last = progress }
      let elapsed = now - state.started
      guard isDrawn, elapsed >= Self.delay,
        state.drawn.map({ now - $0 >= Self.interval }) ?? true
      else { return }
      state.drawn = now
      Terminal.say("\r\u{1B}[K\(Self.text(of: progress, seconds: elapsed / .seconds(1)))")
    }
  }

  /// Removes the line, or leaves what the last phase took.
  func finish() {
    state.withLock { endPhase(&$0, at: .now) }
  }

  private func endPhase(_ state: inout State, at now: ContinuousClock.Instant) {
    if state.drawn != nil { Terminal.say("\r\u{1B}[K") }
    state.drawn = nil
    guard let last = state.last else { return }
    state.last = nil
    guard keepsPhases else { return }
    let seconds = (now - state.started) / .seconds(1)
    Terminal.say(
      "\(last.phase): \(NumberText.grouped(last.total)) \(last.unit) in "
        + "\(NumberText.duration(seconds: seconds))\n")
  }

  private static func text(of progress: WorkProgress, seconds: Double) -> String {
    let rate = Double(progress.completed) / seconds
    let left = rate > 0 ? Double(progress.total - progress.completed) / rate : 0
    return "\(progress.phase): \(NumberText.grouped(progress.completed)) of "
      + "\(NumberText.grouped(progress.total)) \(progress.unit), "
      + "\(NumberText.significant(rate, digits: 3)) \(progress.unit)/s, "
      + "\(NumberText.duration(seconds: left)) left"
  }
}
