import Core
import OrderedCollections
import Statistics

extension SeriesResult {
  /// What was found of this series, in sentences, the most important first.
  var findings: [Finding] {
    axes.indices.compactMap(forgettingFinding) + chanceFindings
      + [learningFinding, driftFinding].compactMap(\.self) + restorations.flatMap(\.findings)
  }

  // MARK: Forgetting

  private func forgettingFinding(_ index: Int) -> Finding? {
    let axis = axes[index]
    let scores = scores(of: axis)
    guard let base = scores.first.flatMap(\.self), let final = scores.compactMap(\.self).last,
      let result = forgetting.axes.first(where: { $0.axis == axis.name })
    else { return nil }
    let lost = base.value - final.value
    let error = Self.errorOfDifference(base, final)
    // An error of 0 means that all answers were alike, on few items as on many: no measure of noise.
    let isKnown = error.map { $0 > 0 || lost == 0 } ?? false
    let isClear = isKnown && error.map { abs(lost) > 2 * $0 } ?? false
    let text =
      "\(axis.name): \(Self.percent(base.value)) at the base, \(Self.percent(final.value)) at the "
      + "end; "
      + (isKnown
        ? Self.change(axis.kind, lost: lost, isClear: isClear)
          + Self.size(lost: lost, error: error, isClear: isClear)
        : "changed by \(NumberText.fixed(-lost * 100, decimals: 1)) points, on too few or too "
          + "uniform answers to judge")
      + Self.forgettingWords(result)
    return Finding(text, isClear ? .clear : .uncertain)
  }

  private static func change(
    _ kind: StudyPlan.Axis.Kind, lost: Double, isClear: Bool
  ) -> String {
    guard isClear else { return "no change beyond sampling noise:" }
    switch (kind, lost > 0) {
    case (.ability, true): return "a clear loss of"
    case (.ability, false): return "a clear gain of"
    case (.bias, true): return "the stereotype is clearly preferred less often, by"
    case (.bias, false): return "the stereotype is clearly preferred more often, by"
    }
  }

  private static func size(lost: Double, error: Double?, isClear: Bool) -> String {
    let points = NumberText.fixed((isClear ? abs(lost) : -lost) * 100, decimals: 1)
    return " \(points) ± \(NumberText.fixed((error ?? 0) * 100, decimals: 1)) points"
  }

  private static func forgettingWords(_ result: Forgetting) -> String {
    guard let fg = result.fgPercent, let drop = result.finalDropPercent else {
      return "; FG is not defined (a base score is 0)."
    }
    return "; final drop \(NumberText.fixed(drop, decimals: 1)) %, FG (mean over the stages) "
      + "\(NumberText.fixed(fg, decimals: 1)) %."
  }

  /// The standard error of a difference, as if the two scores were independent: the same items were
  /// answered twice, so the true one is smaller as a rule.
  private static func errorOfDifference(_ first: AxisScore, _ second: AxisScore) -> Double? {
    guard let a = first.standardError, let b = second.standardError else { return nil }
    return (a * a + b * b).squareRoot()
  }

  /// Axes whose tasks end within two standard errors of guessing.
  private var chanceFindings: [Finding] {
    let names = axes.filter { axis in
      let scores = scores(of: axis)
      guard axis.kind == .ability, let base = scores.first.flatMap(\.self),
        let final = scores.compactMap(\.self).last,
        let chance = final.chance, let baseError = base.standardError,
        let finalError = final.standardError
      else { return false }
      return base.value > chance + 2 * baseError && final.value <= chance + 2 * finalError
    }.map(\.name)
    guard !names.isEmpty else { return [] }
    return [
      Finding(
        "At the end \(listed(names)) cannot be told from guessing: what is left there could not "
          + "fall further, so the drop understates what was lost.", .notClaimed)
    ]
  }

  // MARK: Learning and drift

  private var learningFinding: Finding? {
    let learned = learning.filter { $0.gainPoints != nil }
    guard let gain = mean(learned.compactMap(\.gainPoints)),
      let since = mean(learned.compactMap(\.afterwardsPoints)),
      let weakest = learned.min(by: { ($0.gainPoints ?? 0) < ($1.gainPoints ?? 0) })
    else { return nil }
    let count = learned.count
    let smallest =
      count > 1
      ? ", each in its own stage (least: \(weakest.task), "
        + "\(NumberText.fixed(weakest.gainPoints, decimals: 0)))" : " in its own stage"
    let standing =
      "\(NumberText.fixed(abs(since), decimals: 0)) points \(since < 0 ? "lower" : "higher")"
    return Finding(
      "\(count == 1 ? "The new task" : "The \(count) new tasks") rose by "
        + "\(NumberText.fixed(gain, decimals: 0)) points\(count > 1 ? " on average" : "")\(smallest); "
        + "at the end of the series \(count > 1 ? "they stood" : "it stood") \(standing) than after "
        + "that stage.", .measured)
  }

  private var driftFinding: Finding? {
    guard let last = drift.last, let model = last.fromBase[.model],
      let total = model.relativeL2
    else { return nil }
    let parts = [DriftPlace.Level.layer, .component].compactMap { level in
      last.fromBase.filter { $0.key.level == level }
        .max { ($0.value.relativeL2 ?? 0) < ($1.value.relativeL2 ?? 0) }
    }
    let moved = parts.map { place, values in
      "\(place.title) (\(NumberText.percent(values.relativeL2)) %)"
    }
    return Finding(
      "The weights ended \(NumberText.percent(total)) % of their length away from the base"
        + (moved.isEmpty ? "." : "; relative to their own length \(listed(moved)) moved most."),
      .measured)
  }

  private static func percent(_ fraction: Double) -> String {
    "\(NumberText.percent(fraction)) %"
  }
}
