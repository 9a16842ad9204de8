public import Core
import Foundation
import Inference
import OrderedCollections
import Templates

/// The results of a run in the files that lm-evaluation-harness 0.4.13 writes.
///
/// Keys, types and order are those of the harness, so that its tools and others' scripts read them.
/// What only this program knows stands under `lethe`.
public struct HarnessReport: Sendable {
  let evaluation: Evaluation
  /// The tasks that have results, with the items that have.
  let tasks: [Evaluation.PreparedTask]
  /// The scores.
  public let result: EvaluationResult
  /// The model.
  public let model: ModelDescription
  let run: RunDescription

  /// Creates a report of what one model made of a run.
  public init(
    _ result: EvaluationResult, of evaluation: Evaluation, model: ModelDescription,
    run: RunDescription
  ) {
    self.result = result
    self.evaluation = evaluation
    tasks = result.tasks.compactMap { task in
      evaluation.tasks.first { $0.task.name == task.name }?.keeping(task.items)
    }
    self.model = model
    self.run = run
  }

  /// The samples of a task: one line of JSON for each item, filter by filter.
  ///
  /// - Parameter name: The task's name.
  /// - Returns: The lines, or nothing for a task that is not part of the run.
  public func samples(of name: String) -> String {
    guard let index = tasks.firstIndex(where: { $0.task.name == name }) else { return "" }
    let configuration = tasks[index].task.configuration
    return configuration.filters.indices.map { filter in
      zip(tasks[index].items, result.tasks[index].items)
        .map { SampleLine(configuration, $0, $1, filter: filter).document.serialized() + "\n" }
        .joined()
    }.joined()
  }

  /// Writes the results and samples into a folder named after the model.
  ///
  /// The files are `results_TIME.json` and one `samples_TASK_TIME.jsonl` per task; each appears
  /// whole or not at all.
  ///
  /// - Parameter folder: The folder in which the model's own is made.
  /// - Returns: The paths of the files, that of the results first.
  /// - Throws: `InputError` with the path that cannot be written.
  @discardableResult
  public func write(to folder: OutputFolder) throws -> [String] {
    let time = run.fileTime
    var files = [("results_\(time).json", results.serialized(.pretty))]
    files += result.tasks.map { ("samples_\($0.name)_\(time).jsonl", samples(of: $0.name)) }
    return try files.map { name, text in
      try folder.write(text, to: "\(folderName)/\(name)")
      return "\(folder.path)/\(folderName)/\(name)"
    }
  }

  /// The model's name as a folder: every run of characters that a file system may refuse becomes
  /// two underscores.
  var folderName: String {
    let refused = Set("\"<>:/|\\?*[]".unicodeScalars)
    var name = ""
    var isInside = false
    for scalar in model.name.unicodeScalars {
      let isRefused = refused.contains(scalar)
      if !isRefused { name.unicodeScalars.append(scalar) }
      if isRefused && !isInside { name += "__" }
      isInside = isRefused
    }
    // A folder that means itself or the one above is none of the model's own.
    return name.allSatisfy { $0 == "." } ? "__\(name)" : name
  }
}
