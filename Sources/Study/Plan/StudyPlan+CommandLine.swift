public import Core
import Foundation

extension StudyPlan {
  /// Makes a plan of checkpoints that are named one by one, each task an axis of its own.
  ///
  /// - Parameters:
  ///   - checkpoints: The base, then the stages in order; stages go by their folder's or file's
  ///     name.
  ///   - tasks: The tasks, groups or tags to measure.
  ///   - taskPaths: Folders with task files.
  ///   - fewshotCount: How many solved examples stand before each item; `nil` as the tasks say.
  ///   - limit: The largest number of items of each task; `nil` for all.
  ///   - adapterChain: What adapters of later stages go on; `nil` where nobody said it.
  /// - Throws: ``InputError`` if there is no stage or no task, or an adapter of which nobody said what it
  ///   goes on.
  public init(
    checkpoints: [String], tasks: [String], taskPaths: [String], fewshotCount: Int? = nil,
    limit: Int? = nil, adapterChain: AdapterChain? = nil
  ) throws(InputError) {
    guard let base = checkpoints.first, checkpoints.count > 1 else {
      throw InputError(
        path: checkpoints.first, "is the only checkpoint; a study needs the base and stages")
    }
    guard !tasks.isEmpty else {
      throw InputError(
        "no tasks are named", hint: "name them with --tasks, or give a study file")
    }
    if let twice = tasks.enumerated().first(where: { tasks[..<$0.offset].contains($0.element) }) {
      throw InputError("task '\(twice.element)' is named twice")
    }
    let stages = checkpoints.dropFirst().enumerated().map { index, path in
      let name = URL(filePath: path).lastPathComponent
      let isTaken =
        checkpoints.dropFirst().count { URL(filePath: $0).lastPathComponent == name } > 1
      return Stage(name: isTaken ? "\(index + 1) \(name)" : name, checkpoint: path)
    }
    self.init(
      name: "Study of \(URL(filePath: base).lastPathComponent)",
      series: [
        try Series(name: URL(filePath: base).lastPathComponent, base: base, stages: stages)
          .puttingAdapters(on: adapterChain)
      ],
      taskPaths: taskPaths, axes: tasks.map { Axis(name: $0, tasks: [$0]) },
      fewshotCount: fewshotCount, limit: limit)
  }
}
