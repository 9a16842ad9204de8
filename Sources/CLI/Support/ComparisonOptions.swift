import ArgumentParser
import Core
import Probe

/// The option that turns a comparison of checkpoints into exit code 1.
struct ComparisonOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Exit with 1 if this holds, such as 'mmlu.difference < -0.02 and mmlu.p_adjusted < 0.05'",
      discussion: """
        In front stands a task or group, in double quotes if it is no plain word; keys are those of \
        'comparisons' in the JSON document. Its main metric is meant unless another is named, as in \
        'hellaswag[acc_norm].difference'. A key alone is of any task or group. Of several \
        checkpoints one must meet the whole.
        """,
      valueName: "condition"))
  var failIf: String?

  /// The condition; `nil` for none.
  private func condition() throws(InputError) -> Condition? {
    guard let failIf else { return nil }
    return try Condition(parsing: failIf, levels: nil)
  }

  func validate() throws {
    do {
      for subject in try condition()?.subjects ?? [] {
        guard subject.keys.count > 1 || !TaskComparison.keys.contains(subject.keys[0]) else {
          continue
        }
        let key = subject.keys.joined(separator: ".")
        let nearest = NearestNames.names(near: key, among: TaskComparison.keys)
        throw ValidationError(
          "no comparison has a metric '\(key)'"
            + (nearest.isEmpty ? "" : "; near it: \(nearest.joined(separator: ", "))"))
      }
    } catch let error as InputError {
      throw ValidationError("\(error)")
    }
  }

  /// Refuses a task that will not be compared, before the work begins.
  ///
  /// - Parameter tasks: The names of all tasks and groups that will be.
  /// - Throws: `InputError` that names the task.
  func requireTasks(_ tasks: [String]) throws {
    for name in try condition()?.subjects.compactMap(\.level) ?? [] where !tasks.contains(name) {
      throw InputError(
        place: "condition '\(failIf ?? "")'", "there is no task or group '\(name)'",
        hint: NearestNames.hint(for: name, among: tasks))
    }
  }

  /// Ends the command with 1 if the condition is met.
  ///
  /// - Parameter comparisons: What was compared.
  /// - Throws: `ExitCode(1)` if it is; `InputError` if a number does not exist that decides it.
  func check(_ comparisons: [TaskComparison]) throws {
    guard let failIf, let condition = try condition() else { return }
    switch ComparisonConditions(comparisons).outcome(of: condition) {
    case .unmet: break
    case .undecided(let reason): throw InputError(place: "condition '\(failIf)'", reason)
    case .met(let reasons):
      Terminal.say(reasons.map { "fail-if: \($0)\n" }.joined())
      throw ExitCode(1)
    }
  }
}
