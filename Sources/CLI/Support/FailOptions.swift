import ArgumentParser
import Core
import Diff

/// The options that turn a result into exit code 1.
struct FailOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Exit with 1 if this holds, such as 'relative_l2 > 0.1 or layer.cosine < 0.99'",
      discussion: """
        Keys are those of the JSON document; 'quantiles.abs_delta.p99' reaches into one. In front \
        may stand tensor, layer, component or total, for any part at that level, and \
        'layer[3]', 'component[attn_q]' or 'tensor[blk.0.*]' for some of them; a key alone is of \
        the total. 'and', 'or' and parentheses join comparisons.
        """,
      valueName: "condition"))
  var failIf: String?

  @Flag(
    help: "Exit with 1 if any tensor differs, is missing, extra, resized, renamed, not comparable")
  var exitCode = false

  func validate() throws {
    guard let failIf else { return }
    do { _ = try Condition(parsing: failIf, levels: DriftConditions.levels) } catch {
      throw ValidationError("\(error)")
    }
  }

  /// Refuses a metric that no result has, before there is a result.
  ///
  /// - Parameters:
  ///   - measures: What will be measured.
  ///   - stageKeys: The keys that a series has beside the metrics.
  /// - Throws: `ValidationError` that names the metric.
  func requireMetrics(of measures: DriftMeasures, stageKeys: [String] = []) throws {
    // What is no condition at all has its own message.
    guard let failIf,
      let condition = try? Condition(parsing: failIf, levels: DriftConditions.levels)
    else { return }
    let known = DriftConditions.keys(of: measures) + stageKeys
    for subject in condition.subjects where !known.contains(subject.keys[0]) {
      throw DriftConditions.unknown(subject, known: known)
    }
  }

  /// Ends the command with 1 if something that was asked for is so.
  ///
  /// - Parameters:
  ///   - document: The whole result as JSON.
  ///   - isIdentical: Whether nothing differs.
  /// - Throws: `ExitCode(1)` if it is so; `InputError` if a number does not exist that decides it.
  func check(_ document: @autoclosure () -> JSONValue, isIdentical: Bool) throws {
    if let failIf {
      let condition = try Condition(parsing: failIf, levels: DriftConditions.levels)
      switch try DriftConditions(document: document()).outcome(of: condition) {
      case .unmet: break
      case .undecided(let reason):
        throw InputError(place: "condition '\(failIf)'", reason)
      case .met(let reasons):
        let shown = reasons.prefix(5).map { "fail-if: \($0)\n" }.joined()
        let more = reasons.count > 5 ? "fail-if: and \(reasons.count - 5) more\n" : ""
        Terminal.say(shown + more)
        throw ExitCode(1)
      }
    }
    if exitCode && !isIdentical { throw ExitCode(1) }
  }
}
