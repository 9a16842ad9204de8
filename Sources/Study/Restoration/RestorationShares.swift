import Core
import Statistics

/// How much of what was lost came back in restored models, and how much of what was learned went, as the
/// items that all were asked tell.
///
/// A share has no meaning where nothing was clearly lost: it is `nil` unless the whole 95 % interval of the
/// loss is above 0.
struct RestorationShares: Sendable {
  /// Which question is asked of which tasks.
  struct Groups: Sendable {
    /// The axes of the study, in their order.
    var axes: [SeriesResult.Axis]
    /// The places of the axes whose tasks all have scores for their items.
    var known: [Int]
    /// The new tasks that were trained up to the stage.
    var newTasks: [String]

    /// The places of the axes of ability among the known ones.
    var abilities: [Int] { known.indices.filter { axes[known[$0]].kind == .ability } }
    /// The tasks of each known axis, and those that were trained where there are any.
    var tasks: [[String]] {
      known.map { axes[$0].tasks } + (newTasks.isEmpty ? [] : [newTasks])
    }
  }

  /// The base and the tuned model among those that are drawn.
  private static let (base, tuned, first) = (0, 1, 2)

  let groups: Groups
  /// How much of the mean over all axes of ability was lost.
  let lost: Estimate
  /// How much was lost of each axis that is known.
  let lostByAxis: [Estimate]
  /// How much the mean of the new tasks rose; `nil` without any.
  let learned: Estimate?
  private let draws: RestorationDraws

  /// How many items there are.
  var itemCount: Int { draws.itemCount }

  /// Draws the items again; `nil` where a task's score is no mean over items.
  init?(
    _ groups: Groups, base: StageScores, tuned: StageScores, restored: [StageScores],
    items: RestorationDraws.Items = .all, workGroup: WorkGroup
  ) {
    guard !groups.abilities.isEmpty,
      let draws = RestorationDraws(
        [base, tuned] + restored, groups: groups.tasks, items: items, workGroup: workGroup)
    else { return nil }
    self.groups = groups
    self.draws = draws
    let abilities = groups.abilities
    lost = draws.estimate { score in
      Self.mean(abilities) { score(Self.base, $0) - score(Self.tuned, $0) }
    }
    lostByAxis = groups.known.indices.map { axis in
      draws.estimate { score in score(Self.base, axis) - score(Self.tuned, axis) }
    }
    let new = groups.known.count
    learned =
      groups.newTasks.isEmpty
      ? nil : draws.estimate { score in score(Self.tuned, new) - score(Self.base, new) }
  }

  private static func mean(_ places: [Int], _ value: (Int) -> Double) -> Double {
    places.reduce(0) { $0 + value($1) } / Double(places.count)
  }

  /// The quotient of two differences; where a draw lost nothing, it is beyond all bounds.
  private static func share(_ part: Double, of whole: Double) -> Double {
    guard whole > 0 else { return part < 0 ? -.greatestFiniteMagnitude : .greatestFiniteMagnitude }
    return part / whole
  }

  /// Whether a difference is above 0 with its whole interval.
  private static func isClear(_ difference: Estimate) -> Bool {
    (difference.interval?.lowerBound ?? 0) > 0
  }

  /// Whether shares of the loss over all axes of ability have a meaning.
  var isLossClear: Bool { Self.isClear(lost) }

  /// What came back of a restored model, without an interval; `nil` where nothing was lost.
  func returnedValue(_ number: Int) -> Double? {
    let model = Self.first + number
    let (part, whole) = (
      Self.mean(groups.abilities) { draws.values[model][$0] - draws.values[Self.tuned][$0] },
      lost.value
    )
    return whole > 0 ? part / whole : nil
  }

  /// Fills in what a trial brought back and what it cost.
  ///
  /// - Parameters:
  ///   - trial: The trial, with its scores.
  ///   - number: The place of its model among the restored ones.
  func complete(_ trial: inout Restoration.Trial, _ number: Int) {
    let model = Self.first + number
    let abilities = groups.abilities
    trial.gain = draws.estimate { score in
      Self.mean(abilities) { score(model, $0) - score(Self.tuned, $0) }
    }
    trial.returned = isLossClear ? draws.estimate { returned(model, $0) } : nil
    trial.returnedByAxis = groups.axes.indices.map { place in
      guard let axis = groups.known.firstIndex(of: place), groups.abilities.contains(axis),
        Self.isClear(lostByAxis[axis])
      else { return nil }
      return draws.estimate { score in
        Self.share(
          score(model, axis) - score(Self.tuned, axis),
          of: score(Self.base, axis) - score(Self.tuned, axis))
      }
    }
    let new = groups.known.count
    trial.skillLost = learned.flatMap { learned in
      guard Self.isClear(learned) else { return nil }
      return draws.estimate { score in
        Self.share(
          score(Self.tuned, new) - score(model, new),
          of: score(Self.tuned, new) - score(Self.base, new))
      }
    }
  }

  private func returned(_ model: Int, _ score: (Int, Int) -> Double) -> Double {
    Self.share(
      Self.mean(groups.abilities) { score(model, $0) - score(Self.tuned, $0) },
      of: Self.mean(groups.abilities) { score(Self.base, $0) - score(Self.tuned, $0) })
  }

  /// Fills in what must be known to pick the largest of several trials: intervals that hold for all of
  /// them at once, and how often each is the largest.
  ///
  /// The intervals are as many standard deviations wide as 95 % of the draws stay within for every trial
  /// (the bootstrap of the largest |t|).
  func compare(_ trials: inout [Restoration.Trial]) {
    guard isLossClear, trials.count > 1 else { return }
    let values = trials.indices.map { number in
      draws.map { returned(Self.first + number, $0) }
    }
    let drawCount = values[0].count
    guard values.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { return }
    let centers = trials.indices.map { returnedValue($0) ?? 0 }
    let deviations = values.map { sampleStandardDeviation($0) ?? 0 }
    let largest = (0..<drawCount).map { draw in
      trials.indices.reduce(0.0) { largest, trial in
        guard deviations[trial] > 0 else { return largest }
        return max(largest, abs(values[trial][draw] - centers[trial]) / deviations[trial])
      }
    }
    // The interval of both signs ends where 95 % of the largest stay.
    let factor = largest.sorted()[Int((0.95 * Double(drawCount)).rounded(.up)) - 1]
    var leads = [Double](repeating: 0, count: trials.count)
    for draw in 0..<drawCount {
      let best = values.reduce(-Double.infinity) { max($0, $1[draw]) }
      let leaders = trials.indices.filter { values[$0][draw] == best }
      for leader in leaders { leads[leader] += 1 / Double(leaders.count) }
    }
    for trial in trials.indices {
      let width = factor * deviations[trial]
      trials[trial].returnedAmongAll = centers[trial] - width...centers[trial] + width
      trials[trial].leadShare = leads[trial] / Double(drawCount)
    }
  }
}
