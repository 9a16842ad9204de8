import Core

extension StudyResult {
  /// What was found, in sentences, each with how sure it is: how series differ, each series, what goes
  /// with forgetting, and what one study cannot show.
  public var findings: [Finding] {
    let found = series.flatMap { series in
      series.findings.map { finding in
        self.series.count > 1
          ? Finding("\(series.name): \(finding.text)", finding.certainty) : finding
      }
    }
    let compared = contrasts.flatMap(\.findings) + (contrasts.isEmpty ? [] : [SeriesContrast.scope])
    return compared + found + (league.seriesCount > 0 ? league.findings : []) + [scope]
  }

  /// What one order and one seed cannot show.
  private var scope: Finding {
    let what =
      series.count == 1 ? "one series: one order" : "\(series.count) series, each one order"
    return Finding(
      "This is \(what) of tasks and one training run. Whether another order, seed or model would "
        + "show the same is not known, and where drift and forgetting go together, that alone does "
        + "not say that one causes the other.", .notClaimed)
  }
}

extension SeriesResult {
  /// A paragraph in plain words.
  var lead: String {
    [leadLoss, leadBias, leadLearning].compactMap(\.self).joined(separator: " ")
  }

  private var leadLoss: String? {
    let abilities = axes.filter { $0.kind == .ability }
    let ranked = forgetting.axes.filter { axis in abilities.contains { $0.name == axis.axis } }
      .sorted { $0.initial - $0.final > $1.initial - $1.final }
    guard let most = ranked.first else { return nil }
    let stages = "\(drift.count) fine-tuning stage\(drift.count == 1 ? "" : "s")"
    let first = "After \(stages) the score on \(most.axis) had \(changeWords(most))"
    guard let least = ranked.last, ranked.count > 1 else { return first + "." }
    return first + "; least affected was \(least.axis), which had \(changeWords(least))."
  }

  private func changeWords(_ result: Forgetting) -> String {
    // In points of the axis's score: a mean of its tasks' relative drops can have another sign.
    let lost = (result.initial - result.final) * 100
    guard lost != 0 else { return "not changed from \(NumberText.percent(result.initial)) %" }
    return
      "\(lost > 0 ? "fallen" : "risen") by \(NumberText.fixed(abs(lost), decimals: 0)) points, "
      + "from \(NumberText.percent(result.initial)) % to \(NumberText.percent(result.final)) % "
      + "(\(certainty(of: result)))"
  }

  /// Whether the change between base and end is larger than sampling noise.
  private func certainty(of result: Forgetting) -> String {
    guard let axis = axes.first(where: { $0.name == result.axis }),
      let base = scores(of: axis).first.flatMap(\.self),
      let final = scores(of: axis).compactMap(\.self).last,
      let a = base.standardError, let b = final.standardError
    else { return "no standard error" }
    let isClear = abs(base.value - final.value) > 2 * (a * a + b * b).squareRoot()
    return isClear ? "clear: more than two standard errors" : "within sampling noise"
  }

  private var leadBias: String? {
    let biases = axes.filter { $0.kind == .bias }
    let sentences = biases.compactMap { axis -> String? in
      guard let base = scores(of: axis).first.flatMap(\.self),
        let final = scores(of: axis).compactMap(\.self).last
      else { return nil }
      return "On \(axis.name), the stereotype was preferred in "
        + "\(NumberText.percent(base.value)) % of pairs at the base and "
        + "\(NumberText.percent(final.value)) % at the end."
    }
    return sentences.isEmpty ? nil : sentences.joined(separator: " ")
  }

  private var leadLearning: String? {
    let gains = learning.compactMap(\.gainPoints)
    guard let low = gains.min(), let high = gains.max() else { return nil }
    let span =
      gains.count == 1 || high - low < 0.5
      ? NumberText.fixed(high, decimals: 0)
      : "\(NumberText.fixed(low, decimals: 0)) to \(NumberText.fixed(high, decimals: 0))"
    return "Meanwhile its own stage raised each new task by \(span) points."
  }
}
