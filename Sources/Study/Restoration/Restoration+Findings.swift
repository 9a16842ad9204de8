import Core

extension Restoration {
  /// What was found, in sentences, the most important first.
  public var findings: [Finding] {
    [lossFinding].compactMap(\.self)
      + [choiceFinding(.layer), choiceFinding(.component)].compactMap(\.self)
      + [groupFinding, interpolationFinding, searchFinding].compactMap(\.self)
      + notes.map { Finding("Restoration of \(stageName): \($0).", .notClaimed) }
  }

  /// The finding of the first paragraph: which layer brings back most, or that none does; `nil` where
  /// nothing was restored.
  public var lead: String? {
    guard let best = best(.layer), let returned = best.returned else { return nil }
    guard isClear(best) else {
      return "No single layer of the base, put back into the model after \(stageName), brings back "
        + "a clear share of what was lost."
    }
    return "Of all layers, putting the base's \(best.name) back into the model after \(stageName) "
      + "brings back most: \(Self.percent(returned.value)) of what was lost"
      + (best.skillLost.map { ", at the price of \(Self.percent($0.value)) of the new skill." }
        ?? ".")
  }

  // MARK: - Choices

  /// The trial of a kind that brings back most, the first among equals.
  func best(_ kind: Kind) -> Trial? {
    let trials = trials(kind).filter { $0.returned != nil }
    return trials.reduce(nil as Trial?) { best, trial in
      (trial.returned?.value ?? 0) > (best?.returned?.value ?? -.infinity) ? trial : best
    }
  }

  /// Whether the best of several brings something back even if all are looked at.
  private func isClear(_ trial: Trial) -> Bool {
    (trial.returnedAmongAll ?? trial.returned?.interval).map { $0.lowerBound > 0 } ?? false
  }

  private var lossFinding: Finding? {
    guard let lost, (lost.interval?.lowerBound ?? 0) > 0 else { return nil }
    return Finding(
      "What restoration could bring back after \(stageName): \(points(lost)), the mean over all axes "
        + "of ability.", .clear)
  }

  private func choiceFinding(_ kind: Kind) -> Finding? {
    guard let best = best(kind), let returned = best.returned else { return nil }
    let count = trials(kind).count
    let name = kind == .layer ? best.name : "component \(best.name)"
    let what = kind == .layer ? "layers" : "components"
    let interval = best.returnedAmongAll ?? returned.interval
    let range =
      interval.map {
        " (95 % interval \(Self.range($0))" + (count > 1 ? ", for all \(count) at once)" : ")")
      } ?? ""
    guard isClear(best) else {
      return Finding(
        "None of \(count) \(what) brings back a clear share of what was lost after \(stageName) when "
          + "put back alone; the most is \(Self.percent(returned.value)), \(name)\(range).",
        .uncertain)
    }
    return Finding(
      "Of \(count) \(what), putting back \(name) alone brings back most of what was lost after "
        + "\(stageName): \(Self.percent(returned.value))\(range); \(costWords(best))."
        + leadWords(best, count: count), .clear)
  }

  private func leadWords(_ trial: Trial, count: Int) -> String {
    guard let share = trial.leadShare, count > 1 else { return "" }
    return
      " It comes first in \(Self.percent(share)) of \(NumberText.grouped(RestorationDraws.drawCount)) draws of the items; "
      + "the largest of \(count) estimates is, as a rule, a little too large."
  }

  private func costWords(_ trial: Trial) -> String {
    guard let cost = trial.skillLost else { return "what it costs in new skill is not known" }
    let interval = cost.interval.map { " (\(Self.range($0)))" } ?? ""
    return "\(Self.percent(cost.value)) of the new skill goes with it\(interval)"
  }

  // MARK: - The others

  private var groupFinding: Finding? {
    let named = trials(.group).filter { $0.name != RestorationTrials.everything }
    let words = named.compactMap { trial in
      trial.returned.map { returned in
        "\(trial.name) \(Self.percent(returned.value))"
          + (returned.interval.map { " (\(Self.range($0)))" } ?? "")
      }
    }
    guard !words.isEmpty else { return nil }
    return Finding(
      "Put back together, these bring back so much of what was lost after \(stageName): "
        + "\(words.joined(separator: "; ")).", .measured)
  }

  private var interpolationFinding: Finding? {
    let words = trials(.interpolation).compactMap { trial in
      trial.returned.map { returned in
        "\(Self.percent(trial.alpha)) of the way back: \(Self.percent(returned.value)) returns"
          + (trial.skillLost.map { ", \(Self.percent($0.value)) of the new skill goes" } ?? "")
      }
    }
    guard !words.isEmpty else { return nil }
    return Finding(
      "All weights between the model after \(stageName) and the base: "
        + "\(words.joined(separator: "; ")).", .measured)
  }

  private var searchFinding: Finding? {
    guard let search else { return nil }
    let layers =
      search.layers.count == 1 ? "layer \(search.layers[0])" : "layers \(listed(search.layers))"
    let checked = search.returned.map { returned in
      "\(Self.percent(returned.value)) on the \(search.itemCounts.checking) that did not"
        + (returned.interval.map { " (95 % interval \(Self.range($0)))" } ?? "")
    }
    let chosen = search.returnedOnChoosing.map {
      "\(Self.percent($0)) on the \(search.itemCounts.choosing) items that chose them"
    }
    let outcome = [chosen, checked].compactMap(\.self).joined(separator: ", ")
    let isConfirmed = search.returned?.interval.map { $0.lowerBound > 0 } ?? false
    let begin =
      search.isReached
      ? "The smallest set of layers that a greedy search found to bring back "
        + "\(Self.percent(search.target)) of what was lost after \(stageName) is \(layers)"
      : "No set of layers that a greedy search found brings back \(Self.percent(search.target)) of "
        + "what was lost after \(stageName); the best is \(layers)"
    return Finding("\(begin): \(outcome).", isConfirmed ? .clear : .uncertain)
  }

  static func percent(_ share: Double) -> String {
    "\(NumberText.percent(share, decimals: 0)) %"
  }

  private static func range(_ interval: ClosedRange<Double>) -> String {
    "\(NumberText.percent(interval.lowerBound, decimals: 0)) to "
      + "\(NumberText.percent(interval.upperBound, decimals: 0)) %"
  }
}
