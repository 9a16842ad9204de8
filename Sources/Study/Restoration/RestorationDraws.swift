import Core
import Statistics

/// What other items of the same kind would have made of the scores of several models: the items of every
/// task are drawn with replacement, clusters as wholes, the same for all models, again and again.
///
/// Groups of tasks, such as the axes, are averaged as ``AxisScore`` averages them: each task counts once.
struct RestorationDraws: Sendable {
  /// Some of the items of every task.
  enum Items: Sendable {
    case all
    /// One of every two neighbours, as a coin says: what tasks alternate must not choose.
    case choosing
    /// The others.
    case checking

    func contains(_ number: Int) -> Bool {
      var coin = SeededGenerator(seed: RestorationDraws.seed &+ UInt64(number / 2))
      let isFirst = coin.next().isMultiple(of: 2)
      return switch self {
      case .all: true
      case .choosing: (number % 2 == 0) == isFirst
      case .checking: (number % 2 == 0) != isFirst
      }
    }
  }

  /// How many draws are made.
  static let drawCount = PairedBootstrap.drawCount
  /// Where drawing starts.
  static let seed = PairedBootstrap.seed

  /// How many items there are.
  let itemCount: Int
  /// The scores without drawing: for each model those of the groups.
  let values: [[Double]]
  /// The scores of each draw: for each model those of the groups, one behind the other.
  private let draws: [[Double]]
  private let groupCount: Int

  /// Draws; `nil` where a task of a group has no scores for its items, or no item.
  ///
  /// - Parameters:
  ///   - models: What each model answered.
  ///   - groups: The tasks of each group; at least one each.
  ///   - items: Which items are drawn from.
  ///   - workGroup: The threads; the same comes of any number.
  init?(
    _ models: [StageScores], groups: [[String]], items: Items = .all, workGroup: WorkGroup
  ) {
    var tasks: [String] = []
    for task in groups.joined() where !tasks.contains(task) { tasks.append(task) }
    let units = tasks.compactMap { Self.units($0, models, items) }
    guard units.count == tasks.count, !groups.isEmpty, groups.allSatisfy({ !$0.isEmpty }) else {
      return nil
    }
    let members = groups.map { $0.compactMap(tasks.firstIndex) }
    let modelCount = models.count
    let sums = units.map { units in
      units.dropFirst().reduce(units[0]) { sums, unit in zip(sums, unit).map { $0 + $1 } }
    }
    itemCount = Int(sums.reduce(0) { $0 + $1[modelCount] })
    groupCount = groups.count
    values = Self.groupMeans(sums, members, modelCount)
    draws = PairedBootstrap(strata: units).draws(workGroup: workGroup) { sums in
      Array(Self.groupMeans(sums, members, modelCount).joined())
    }
  }

  /// For each item or cluster of a task the sums of each model's scores, and how many items there are;
  /// `nil` where they are not known, or none is left.
  private static func units(
    _ task: String, _ models: [StageScores], _ items: Items
  ) -> [[Double]]? {
    let answers = models.compactMap { $0.answers(to: task) }
    guard answers.count == models.count, let first = answers.first, !first.scores.isEmpty,
      answers.allSatisfy({ $0.scores.count == first.scores.count })
    else { return nil }
    let units = first.units(
      first.scores.indices.map { item in answers.map { $0.scores[item] } + [1] })
    let kept = units.enumerated().filter { items.contains($0.offset) }.map(\.element)
    return kept.isEmpty ? nil : kept
  }

  /// For each model the mean score of each group, from the sums over the items of each task.
  private static func groupMeans(
    _ sums: [[Double]], _ members: [[Int]], _ modelCount: Int
  ) -> [[Double]] {
    (0..<modelCount).map { model in
      members.map { tasks in
        tasks.reduce(0) { $0 + sums[$1][model] / sums[$1][modelCount] } / Double(tasks.count)
      }
    }
  }

  /// A statistic of every draw, given the scores of the groups by model.
  func map(_ statistic: ((_ model: Int, _ group: Int) -> Double) -> Double) -> [Double] {
    draws.map { draw in statistic { draw[$0 * groupCount + $1] } }
  }

  /// The value of a statistic, and its interval.
  func estimate(
    _ statistic: ((_ model: Int, _ group: Int) -> Double) -> Double
  ) -> Estimate {
    Estimate(
      statistic { values[$0][$1] }, interval: PairedBootstrap.interval(of: map(statistic)))
  }
}
