public import Core
import Formats

/// Puts parts of a base back into one stage of a series and asks what returns, and what goes.
public struct RestorationRun: Sendable {
  private let plan: StudyPlan.RestorationPlan
  private let groups: RestorationShares.Groups
  private let stage: Int
  private let stageName: String
  private let base: StageScores
  private let tuned: StageScores
  private let workGroup: WorkGroup

  /// Decides which stage is restored.
  ///
  /// - Parameters:
  ///   - plan: What is put back.
  ///   - series: The series, with the scores of all its checkpoints.
  ///   - workGroup: The threads that draw items.
  /// - Throws: `InputError` if the series has no such stage.
  public init(
    _ plan: StudyPlan.RestorationPlan, of series: SeriesResult, workGroup: WorkGroup = WorkGroup()
  ) throws(InputError) {
    let names = series.stageNames
    let scored = names.indices.filter { !series.scores[$0 + 1].tasks.isEmpty }
    let place = plan.stage.map { names.firstIndex(of: $0) } ?? scored.last
    guard let place else {
      throw InputError(
        place: "series '\(series.name)'",
        "has no stage \(plan.stage.map { "'\($0)' " } ?? "")to restore; its stages are "
          + listed(names))
    }
    guard let base = series.scores.first, !base.tasks.isEmpty, scored.contains(place) else {
      throw InputError(
        place: "series '\(series.name)'",
        "the base or the stage '\(names[place])' has no scores, so nothing can be restored")
    }
    self.plan = plan
    stage = place + 1
    stageName = names[place]
    self.base = base
    let tuned = series.scores[place + 1]
    self.tuned = tuned
    func isKnown(_ task: String) -> Bool {
      [base, tuned].allSatisfy { $0.answers(to: task).map { !$0.scores.isEmpty } ?? false }
    }
    let isNamed = series.learning.contains { $0.stage != nil }
    let trained = series.learning.filter { isNamed ? ($0.stage ?? .max) <= place + 1 : true }
    groups = RestorationShares.Groups(
      axes: series.axes,
      known: series.axes.indices.filter { series.axes[$0].tasks.allSatisfy(isKnown) },
      newTasks: trained.map(\.task).filter(isKnown))
    self.workGroup = workGroup
  }

  /// The number of the stage that is restored, from 1.
  public var restoredStage: Int { stage }

  /// Scores every trial of the plan, then searches where a target is set.
  ///
  /// - Parameters:
  ///   - restorer: The base and the stage, opened.
  ///   - progress: Told how far each question has come.
  /// - Returns: What came of it.
  /// - Throws: What the restorer throws.
  public func run(
    _ restorer: any StageRestorer, progress: WorkProgress.Handler? = nil
  ) throws -> Restoration {
    let trials = RestorationTrials(restorer)
    var result = Restoration(
      stage: stage, stageName: stageName, baseScores: axisScores(base),
      tunedScores: axisScores(tuned), baseNewScore: newScore(base), tunedNewScore: newScore(tuned),
      trials: [], notes: restorer.notes)
    let shares = shares([])
    result.lost = shares?.lost
    result.learned = shares?.learned
    result.notes += notes(shares)
    var layerScores: [StageScores] = []
    for kind in Restoration.Kind.allCases where plan.kinds.contains(kind) {
      let asked = trials.trials(kind, alphas: plan.alphas.sorted())
      guard !asked.isEmpty else { continue }
      let scores = try restorer.score(asked.map(\.unit)) { report in
        progress?(Self.naming(report, kind.title))
      }
      if kind == .layer { layerScores = scores }
      result.trials += completed(asked, scores)
      result.notes += controlNotes(asked, scores)
    }
    if let target = plan.target {
      try search(
        target, trials, layerScores, restorer, into: &result,
        progress: { progress?(Self.naming($0, "layers for the search")) })
    }
    return result
  }

  private static func naming(_ report: WorkProgress, _ what: String) -> WorkProgress {
    var report = report
    report.phase = what
    return report
  }

  // MARK: - Scores

  private func axisScores(_ scores: StageScores) -> [Double] {
    groups.axes.map { axis in
      let known = axis.tasks.compactMap(scores.score)
      return known.count == axis.tasks.count ? AxisScore(known)?.value ?? .nan : .nan
    }
  }

  private func newScore(_ scores: StageScores) -> Double? {
    AxisScore(groups.newTasks.compactMap(scores.score))?.value
  }

  private func shares(
    _ restored: [StageScores], _ items: RestorationDraws.Items = .all
  ) -> RestorationShares? {
    RestorationShares(
      groups, base: base, tuned: tuned, restored: restored, items: items, workGroup: workGroup)
  }

  /// Trials with their scores and shares.
  private func completed(
    _ asked: [RestorationTrials.Trial], _ scores: [StageScores]
  ) -> [Restoration.Trial] {
    var done = zip(asked, scores).map { trial, scores in
      Restoration.Trial(
        kind: trial.kind, name: trial.unit.name, alpha: trial.unit.alpha, layers: trial.layers,
        axisScores: axisScores(scores), newScore: newScore(scores),
        returnedByAxis: groups.axes.map { _ in nil })
    }
    guard let shares = shares(scores) else { return done }
    for number in done.indices { shares.complete(&done[number], number) }
    if let kind = asked.first?.kind, kind.isChoice { shares.compare(&done) }
    return done
  }

  // MARK: - Notes

  private func notes(_ shares: RestorationShares?) -> [String] {
    let unknown = groups.axes.indices.filter { !groups.known.contains($0) }
    var notes =
      unknown.isEmpty
      ? []
      : [
        "no share of \(listed(unknown.map { groups.axes[$0].name })) is given: a task has no score, "
          + "or one that is not the mean over its items"
      ]
    guard let shares else { return notes }
    if !shares.isLossClear {
      notes.append(
        "nothing was clearly lost over all axes of ability (\(points(shares.lost))), so no share "
          + "of it can return")
    }
    if let learned = shares.learned, (learned.interval?.lowerBound ?? 0) <= 0 {
      notes.append(
        "nothing was clearly learned of the new tasks (\(points(learned))), so no share of it can "
          + "go")
    }
    if base.numerics != tuned.numerics {
      notes.append(
        "the base was computed in \(base.numerics), restored models as the stage in "
          + "\(tuned.numerics); '--numerics' makes them one")
    }
    return notes
  }

  /// Putting everything back must make the base, to the last bit.
  private func controlNotes(
    _ asked: [RestorationTrials.Trial], _ scores: [StageScores]
  ) -> [String] {
    guard
      let place = asked.firstIndex(where: { $0.unit.part == .everything && $0.unit.alpha == 1 }),
      scores[place].answers != base.answers, base.numerics == tuned.numerics
    else { return [] }
    return [
      "with everything put back, answers differ from the base's: the two differ in more than the "
        + "weights that can be put back"
    ]
  }
}

/// An amount of a score as a reader sees it, in points with its interval.
func points(_ estimate: Estimate) -> String {
  let value = NumberText.fixed(estimate.value * 100, decimals: 1)
  guard let interval = estimate.interval else { return "\(value) points" }
  return "\(value) points, 95 % interval \(NumberText.percent(interval.lowerBound)) to "
    + "\(NumberText.percent(interval.upperBound))"
}

extension Restoration.Kind {
  /// What a reader calls the things that are put back.
  var title: String {
    switch self {
    case .layer: "layers"
    case .component: "components"
    case .group: "groups"
    case .interpolation: "shares of all weights"
    case .search: "sets of layers"
    }
  }

  /// Whether one of the trials is picked as the best of alternatives.
  fileprivate var isChoice: Bool { self == .layer || self == .component }
}

// MARK: - Search

extension RestorationRun {
  /// How many layers in a row are added without a gain before the search gives up.
  private static let patience = 2

  /// Adds layers one by one, each time the one that brings back most on one half of the items, until the
  /// target is reached there; the other half checks what was chosen.
  private func search(
    _ target: Double, _ trials: RestorationTrials, _ known: [StageScores],
    _ restorer: any StageRestorer, into result: inout Restoration,
    progress: WorkProgress.Handler?
  ) throws {
    guard let halves = shares([], .choosing), shares([], .checking) != nil else {
      result.notes.append("no search: too few items to choose layers with one half of them")
      return
    }
    guard halves.isLossClear else {
      result.notes.append(
        "no search: nothing was clearly lost on the items that would choose "
          + "(\(points(halves.lost)))")
      return
    }
    var chosen: [ModelPart.Place] = []
    var steps: [(trial: RestorationTrials.Trial, scores: StageScores, returned: Double)] = []
    var open = trials.layers
    while !open.isEmpty, (steps.last?.returned ?? -.infinity) < target, !hasStalled(steps) {
      let asked = open.map { trials.searched(chosen + [$0]) }
      let isFirst = chosen.isEmpty && known.count == asked.count
      let scores = isFirst ? known : try restorer.score(asked.map(\.unit), progress: progress)
      guard let found = shares(scores, .choosing),
        let best = Self.best(scores.indices.map { found.returnedValue($0) ?? 0 })
      else { break }
      steps.append((asked[best.place], scores[best.place], best.value))
      chosen.append(open.remove(at: best.place))
    }
    // What was added in vain at the end does not belong to the smallest set.
    if let best = Self.best(steps.map(\.returned)), best.value < target {
      steps.removeLast(steps.count - best.place - 1)
      chosen.removeLast(chosen.count - best.place - 1)
    }
    guard let last = steps.last, let checked = shares([last.scores], .checking) else { return }
    result.trials += completed(steps.map(\.trial), steps.map(\.scores))
    var check = Restoration.Trial(kind: .search, name: "", axisScores: [])
    checked.complete(&check, 0)
    result.search = Restoration.Search(
      target: target, layers: chosen.map(trials.name), isReached: last.returned >= target,
      returnedOnChoosing: last.returned, returned: check.returned,
      itemCounts: (choosing: halves.itemCount, checking: checked.itemCount))
  }

  /// Whether the last steps brought nothing beyond what was there before them.
  private func hasStalled(
    _ steps: [(trial: RestorationTrials.Trial, scores: StageScores, returned: Double)]
  ) -> Bool {
    guard steps.count > Self.patience else { return false }
    let before = steps.dropLast(Self.patience).map(\.returned).max() ?? 0
    return steps.suffix(Self.patience).allSatisfy { $0.returned <= before }
  }

  /// The first of the largest values.
  private static func best(_ values: [Double]) -> (place: Int, value: Double)? {
    values.indices.max { values[$0] < values[$1] || (values[$0] == values[$1] && $0 > $1) }
      .map { ($0, values[$0]) }
  }
}
