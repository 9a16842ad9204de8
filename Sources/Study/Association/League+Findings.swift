import Core

extension League {
  /// What can and what cannot be said, in words, for a reader without statistics.
  ///
  /// Nothing is claimed from fewer than ``smallestClaimCount`` stages. From more: the whole model's
  /// distance, since the base and stage by stage, what is left after correction for all that was looked at, whether the number of steps is
  /// as good an explanation, what series with one order can show, and what no correlation can.
  public var findings: [Finding] {
    guard stageCount >= Self.smallestClaimCount else { return [tooFew] }
    guard testCount > 0 else {
      return [
        Finding(
          "Over n = \(stageCount) stages, no association of drift and forgetting can be computed: "
            + "one of them is not defined or did not change.", .notClaimed)
      ]
    }
    return [
      distance(.base), distance(.previous), survivors, stageNumber, sharedOrder, limits,
    ].compactMap(\.self)
  }

  /// The findings in a sentence or two, for the first paragraph of a report.
  public var lead: String {
    guard stageCount >= Self.smallestClaimCount else { return tooFew.text }
    guard testCount > 0, let scope = widestScope else {
      return "Nothing can be said of drift and forgetting: one of them did not change over the "
        + "stages."
    }
    let left = clear(scope).isEmpty ? entries.filter(\.isClear) : clear(scope)
    let weights = left.first { $0.measure.level != StageMeasure.outputLevel }
    let answers = left.first { $0.measure.level == StageMeasure.outputLevel }
    guard let first = weights ?? answers else { return strongestWords(scope) }
    let second = weights == nil ? nil : answers.map { "Of measures of answers, \($0.words)." }
    return [
      "What went with forgetting beyond what chance does among \(looked): \(first.words).",
      first.stageWords, stepWords(first), second,
    ].compactMap(\.self).joined(separator: " ")
  }

  /// What single stages show where the first is of what piled up since the base.
  private func stepWords(_ first: LeagueEntry) -> String? {
    guard first.measure.reference == .base,
      let step = entry(first.scope, axis: first.axis, .weights(.model, .relativeL2, .previous)),
      let spearman = step.spearman
    else { return nil }
    let interval = spearman.intervalText.map { ", 95 % interval \($0)" } ?? ""
    return "Stage by stage, the size of an update (relative L2) and what that stage alone took of "
      + "\(step.axis) have Spearman \(NumberText.fixed(spearman.value, decimals: 2))\(interval), "
      + "corrected p = \(probability(spearman.adjustedPValue))."
  }

  private var tooFew: Finding {
    Finding(
      "With \(counted(stageCount, "stage")) nothing is claimed about whether drift and forgetting "
        + "go together: at least \(Self.smallestClaimCount) are needed.", .notClaimed)
  }

  private var looked: String {
    "the \(NumberText.grouped(testCount)) coefficients that were looked at"
  }

  private func clear(_ scope: Scope) -> [LeagueEntry] { entries(of: scope).filter(\.isClear) }

  /// What stands where nothing is left after correction.
  private func strongestWords(_ scope: Scope) -> String {
    let opening =
      "No measure of drift or of answers goes with forgetting beyond what chance does among "
      + looked
    let first = entries(of: scope).first { $0.allowsClaim && $0.spearman != nil }
    guard let first else { return opening + "." }
    return opening + "; the strongest is a description, not evidence: \(first.words)."
  }

  /// The association of the whole model's distance, the first that a reader asks for.
  private func distance(_ reference: DriftReference) -> Finding? {
    guard let scope = widestScope else { return nil }
    let leading = entries(of: scope).filter {
      $0.measure == .weights(.model, .relativeL2, reference) && $0.allowsClaim && $0.spearman != nil
    }.sorted { $0.axis < $1.axis }
    guard let first = leading.first else { return nil }
    let parts = leading.map { entry in
      "\(entry.axis) \(NumberText.fixed(entry.spearman?.value, decimals: 2)) "
        + "(p = \(probability(entry.spearman?.pValue)), corrected "
        + "\(probability(entry.spearman?.adjustedPValue)))"
    }
    let sides =
      reference == .base
      ? "distance from the base and the drop from the base"
      : "distance from the stage before and what that stage alone took"
    return Finding(
      "Over \(first.sizeWords), the rank correlation (Spearman) between the model's relative L2 "
        + "\(sides) is, by axis: \(parts.joined(separator: ", ")). "
        + (reference == .base
          ? "1 means that the stages have the same order in both."
          : "Unlike distances from the base, these do not grow with the number of stages by "
            + "themselves."),
      leading.contains { ($0.spearman?.adjustedPValue ?? 1) < Self.level } ? .clear : .uncertain)
  }

  /// What is left after correction.
  private var survivors: Finding? {
    guard let scope = widestScope else { return nil }
    let left = entries.filter(\.isClear)
    let head =
      "\(NumberText.grouped(entries.count)) associations were looked at "
      + "(\(NumberText.grouped(testCount)) coefficients)"
    guard let first = clear(scope).first ?? left.first else {
      let smallest = entries(of: scope).compactMap(\.smallestPValue).min()
      return Finding(
        "\(head). After correction for all of them none is below 0.05: they describe these stages "
          + "and are no evidence of a rule. The smallest p that \(counted(stageCount, "stage")) can show "
          + "for one rank correlation is \(probability(smallest)), before any correction.",
        .notClaimed)
    }
    return Finding(
      "\(head). After correction for all of them \(left.count == 1 ? "1 is" : "\(NumberText.grouped(left.count)) are") "
        + "below 0.05, first \(first.words).\(Self.parts(of: left))", .clear)
  }

  /// How many of those left are of what piled up, and how many of answers.
  private static func parts(of left: [LeagueEntry]) -> String {
    let answers = left.count { $0.measure.level == StageMeasure.outputLevel }
    let piled = left.count { $0.measure.reference == .base }
    guard left.count > 1 else { return "" }
    return " Of these \(piled) are of what piled up since the base and \(left.count - piled) of "
      + "single stages; \(left.count - answers) are of weights and \(answers) of answers. Answers "
      + "and forgetting are of the same items, so that part of their association is there by "
      + "construction."
  }

  /// Whether the number of training steps is as good an explanation.
  private var stageNumber: Finding? {
    guard let scope = widestScope else { return nil }
    let left = clear(scope)
    let looked = left.isEmpty ? Array(entries(of: scope).filter(\.allowsClaim)) : left
    let both = looked.count(where: \.isConfoundedByStage)
    guard !looked.isEmpty else { return nil }
    let kept = left.count { ($0.partialPValue ?? 1) < Self.level }
    let all = NumberText.grouped(looked.count)
    let which = left.isEmpty ? "\(all) associations" : "the \(all) below 0.05 after correction"
    let count =
      "In \(NumberText.grouped(both)) of \(which) both sides follow the number of the stage (Spearman at "
      + "least 0.8 in size): more training steps may explain both, and a correlation cannot tell."
    guard !left.isEmpty else { return both > 0 ? Finding(count, .notClaimed) : nil }
    return Finding(
      count + " With the stage's number taken out, \(NumberText.grouped(kept)) still have p < 0.05 "
        + "(not corrected).", .notClaimed)
  }

  /// What is left if a stage's number means the same in every series.
  private var sharedOrder: Finding? {
    guard let first = clear(.pooled).first, let pValue = first.sharedOrderPValue else { return nil }
    return Finding(
      "If the series went through the same stages in the same order they are not independent: with the "
        + "stages of all series rearranged in the same way, p of the first is "
        + "\(probability(pValue)), before any correction.", .notClaimed)
  }

  private var limits: Finding {
    Finding(
      "The unit is the stage, never the layer: all layers of a stage share one forgetting. Each series is "
        + "one order of tasks and one training run. That drift and forgetting go together does not say "
        + "that one causes the other.", .notClaimed)
  }
}

extension LeagueEntry {
  /// How much it is about, such as `n = 45 stages of 9 series, ranked within series`.
  fileprivate var sizeWords: String {
    "n = \(stageCount) stages"
      + (seriesCount > 1 ? " of \(seriesCount) series, ranked within each" : "")
  }

  /// The association in words, with its numbers.
  fileprivate var words: String {
    let isLinear = (pearson?.adjustedPValue ?? 1) < (spearman?.adjustedPValue ?? 1)
    let best = isLinear ? pearson : spearman
    let direction = (best?.value ?? 0) < 0 ? "smaller" : "larger"
    let interval = best?.intervalText.map { ", 95 % interval \($0)" } ?? ""
    let series: String = if case .series(let name) = scope { "\(name), " } else { "" }
    return "\(measure.title) was \(direction) where more was lost of \(axis) (\(series)"
      + "\(isLinear ? "Pearson" : "Spearman") "
      + "\(NumberText.fixed(best?.value, decimals: 2))\(interval), n = \(stageCount) stages"
      + "\(seriesCount > 1 ? " of \(seriesCount) series" : ""), corrected p = "
      + "\(probability(best?.adjustedPValue)))"
  }

  /// Whether the number of the stage explains it as well.
  fileprivate var stageWords: String {
    let shared =
      sharedOrderPValue.map {
        " Counted as one order of stages that all series share, p = \(probability($0))."
      } ?? ""
    guard let partial, let partialPValue else {
      return "One follows the number of the stage so closely that training steps alone may explain "
        + "both.\(shared)"
    }
    let rest =
      "With the stage's number taken out the coefficient is \(NumberText.fixed(partial, decimals: 2)) "
      + "(p = \(probability(partialPValue)))"
    return rest
      + (partialPValue < League.level ? "." : ": training steps alone may explain it.") + shared
  }
}

/// A number and the noun that it counts.
private func counted(_ count: Int, _ noun: String) -> String {
  "\(count) \(noun)\(count == 1 ? "" : "s")"
}
