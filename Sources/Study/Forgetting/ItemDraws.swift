import Core
import OrderedCollections
import Statistics

/// What the mean scores of a study would be if other items of the same kind had been asked.
///
/// Items of each task are drawn with replacement, as many as there are, clusters as wholes; every
/// checkpoint of every series is asked the same drawn items, so that differences between checkpoints
/// are paired.
struct ItemDraws: Sendable {
  /// The place of a checkpoint: its series, and 0 for the base or the number of the stage.
  struct Checkpoint: Hashable, Sendable {
    var series: Int
    var stage: Int
  }

  /// For each draw, then each task, the mean scores by checkpoint; not a number where a checkpoint has
  /// no score.
  private let means: [[[Double]]]
  private let tasks: [String: Int]
  private let places: [Checkpoint: Int]

  /// Draws.
  ///
  /// - Parameters:
  ///   - scores: For each series the scores of its checkpoints, the base first.
  ///   - workGroup: The threads.
  init(_ scores: [[StageScores]], workGroup: WorkGroup) {
    let columns = scores.flatMap(\.self)
    let checkpoints = scores.enumerated().flatMap { series, stages in
      stages.indices.map { Checkpoint(series: series, stage: $0) }
    }
    places = Dictionary(uniqueKeysWithValues: checkpoints.enumerated().map { ($1, $0) })
    let names = OrderedSet(columns.flatMap(\.answers).map(\.task))
    let known = names.compactMap { name in Self.units(name, columns).map { (name, $0) } }
    tasks = Dictionary(uniqueKeysWithValues: known.enumerated().map { ($1.0, $0) })
    let width = columns.count
    means =
      known.isEmpty
      ? []
      : PairedBootstrap(strata: known.map(\.1)).draws(workGroup: workGroup) { sums in
        // The last sum counts the items: clusters differ in size.
        sums.map { sums in (0..<width).map { sums[$0] / sums[width] } }
      }
  }

  /// The sums over each item or cluster of a task, and how many items it has.
  private static func units(_ task: String, _ columns: [StageScores]) -> [[Double]]? {
    let answers = columns.map { $0.answers(to: task) }
    let known = answers.compactMap(\.self)
    guard let first = known.first, !first.scores.isEmpty,
      known.allSatisfy({ $0.scores.isEmpty || $0.scores.count == first.scores.count })
    else { return nil }
    let items = first.scores.indices.map { item in
      answers.map { answers in
        answers.flatMap { $0.scores.isEmpty ? nil : $0.scores[item] } ?? .nan
      } + [1]
    }
    return first.units(items)
  }

  /// The mean scores of a task at a checkpoint, one for each draw; `nil` where there are none.
  func means(of task: String, at checkpoint: Checkpoint) -> [Double]? {
    guard let task = tasks[task], let place = places[checkpoint],
      let first = means.first, !first[task][place].isNaN
    else { return nil }
    return means.map { $0[task][place] }
  }

  /// For each draw the mean scores of a task at the stages of a series, the base first.
  func courses(of task: String, series: Int, stageCount: Int) -> [[Double?]]? {
    guard let task = tasks[task] else { return nil }
    let columns = (0...stageCount).map { places[Checkpoint(series: series, stage: $0)] }
    return means.map { draw in
      columns.map { column in
        column.flatMap { draw[task][$0].isNaN ? nil : draw[task][$0] }
      }
    }
  }
}
