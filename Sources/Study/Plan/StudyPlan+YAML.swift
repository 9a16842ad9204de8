public import Core
import Formats
import Foundation
import Probe

extension StudyPlan {
  /// Reads a study file.
  ///
  /// ```yaml
  /// name: Continual fine-tuning of a small LLaMA
  /// series:
  ///   - name: llama
  ///     base: series/llama/base
  ///     stages:
  ///       - {name: simplification, checkpoint: series/llama/stage-1, task: new_simplification}
  /// task_path: tasks
  /// axes:
  ///   - {name: domain knowledge, tasks: [know_a, know_b]}
  ///   - {name: bias, tasks: [bias_pairs], kind: bias}
  /// new_tasks: [new_simplification]
  /// protocol: lm-eval            # or paper: prompts and scoring of arXiv 2308.08747
  /// data: data                   # folders with data sets of the program's own tasks
  /// metrics: {piqa: acc_norm}    # which metric of a task counts
  /// num_fewshot: 0
  /// limit: 100                   # the first items of each task
  /// budget: {memory: 4GiB, sample: 500}
  /// restore: {target: 0.8}       # put base weights back; true for all defaults
  /// contrasts:
  ///   - {name: size, series: [small, large]}
  /// ```
  ///
  /// A series whose later stages are adapters says `adapter_chain: merged` or `base`. Paths are relative
  /// to the file's folder. A checkpoint that does not exist is found out when the study is run.
  ///
  /// - Parameter path: The file.
  /// - Throws: ``InputError`` with line and key if a key is missing or unknown, a value has the wrong
  ///   kind, a name is used twice, or a task folder does not exist.
  public init(file path: String) throws(InputError) {
    let text: String
    do {
      text = try String(contentsOf: URL(filePath: path), encoding: .utf8)
    } catch {
      throw InputError(path: path, "cannot be read: \(error.localizedDescription)")
    }
    try self.init(parsing: text, path: path)
  }

  /// Reads the text of a study file that stands at a path.
  init(parsing text: String, path: String) throws(InputError) {
    let root = try PlanNode(parsing: text, path: path)
    let reader = PlanReader(folder: URL(filePath: path).deletingLastPathComponent().relativePath)
    try root.checkKeys([
      "name", "series", "task_path", "data", "protocol", "axes", "new_tasks", "metrics",
      "num_fewshot", "limit", "budget", "restore", "contrasts",
    ])
    self.init(
      name: try root.required("name").text(),
      series: try reader.series(root.required("series")),
      taskPaths: try root.child("task_path").map(reader.paths) ?? [],
      axes: try reader.axes(root.required("axes")),
      newTasks: try root.child("new_tasks").map(reader.newTasks) ?? [],
      fewshotCount: try root.child("num_fewshot")?.integer(atLeast: 0),
      limit: try root.child("limit")?.integer(atLeast: 1))
    dataPaths = try root.child("data").map(reader.paths) ?? []
    rules = try root.child("protocol")?.choice(EvaluationProtocol.self) ?? .harness
    metrics = try root.child("metrics")?.textsByKey() ?? [:]
    if let budget = root.child("budget") {
      try budget.checkKeys(["memory", "sample"])
      memoryByteCount = try budget.child("memory")?.byteCount()
      sampleSize = try budget.child("sample")?.integer(atLeast: 1)
    }
    restoration = try root.child("restore").flatMap { node throws(InputError) in
      try reader.restoration(node, series)
    }
    contrasts =
      try root.child("contrasts").map { node throws(InputError) in
        try reader.contrasts(node, series.map(\.name))
      } ?? []
    try reader.checkStageTasks(root, newTasks: newTasks)
  }
}

/// Turns the values of a study file into a plan.
private struct PlanReader {
  let folder: String

  func series(_ list: PlanNode) throws(InputError) -> [StudyPlan.Series] {
    var all: [StudyPlan.Series] = []
    for node in try list.elements() {
      try node.checkKeys(["name", "base", "stages", "adapter_chain"])
      let name = try node.required("name").text()
      try checkUnused(name, all.map(\.name), node)
      let series = StudyPlan.Series(
        name: name, base: try checkpoint(node.required("base")),
        stages: try stages(node.required("stages")))
      let chain = try node.child("adapter_chain")?.choice(StudyPlan.AdapterChain.self)
      do {
        all.append(try series.puttingAdapters(on: chain))
      } catch {
        throw node.problem(error.description)
      }
    }
    guard !all.isEmpty else { throw list.problem("needs at least one series") }
    return all
  }

  private func stages(_ list: PlanNode) throws(InputError) -> [StudyPlan.Stage] {
    var all: [StudyPlan.Stage] = []
    for node in try list.elements() {
      try node.checkKeys(["name", "checkpoint", "task"])
      let name = try node.required("name").text()
      try checkUnused(name, all.map(\.name) + ["base"], node)
      all.append(
        StudyPlan.Stage(
          name: name, checkpoint: try checkpoint(node.required("checkpoint")),
          task: try node.child("task")?.text()))
    }
    guard !all.isEmpty else { throw list.problem("needs at least one stage after the base") }
    return all
  }

  /// What is put back: `true` for everything, or what the keys say.
  func restoration(
    _ node: PlanNode, _ series: [StudyPlan.Series]
  ) throws(InputError) -> StudyPlan.RestorationPlan? {
    if let isWanted = node.truth { return isWanted ? StudyPlan.RestorationPlan() : nil }
    try node.checkKeys(["kinds", "stage", "target", "alphas"])
    var plan = StudyPlan.RestorationPlan()
    if let kinds = node.child("kinds") {
      plan.kinds = try kinds.choices(Restoration.Kind.self)
    }
    if let stage = node.child("stage") {
      let name = try stage.text()
      guard series.contains(where: { $0.stages.contains { $0.name == name } }) else {
        throw stage.problem("no series has a stage '\(name)'")
      }
      plan.stage = name
    }
    plan.target = try node.child("target")?.number(in: 0...1)
    if let alphas = node.child("alphas") {
      plan.alphas = try alphas.numbers(in: 0...1)
    }
    return plan
  }

  func contrasts(
    _ list: PlanNode, _ names: [String]
  ) throws(InputError) -> [StudyPlan.Contrast] {
    var all: [StudyPlan.Contrast] = []
    for node in try list.elements() {
      try node.checkKeys(["name", "series"])
      let name = try node.required("name").text()
      try checkUnused(name, all.map(\.name), node)
      let series = try node.required("series")
      let members = try series.texts()
      guard members.count > 1 else { throw series.problem("needs at least two series") }
      for (index, member) in members.enumerated() {
        guard names.contains(member) else { throw series.problem("no series is named '\(member)'") }
        if members[..<index].contains(member) {
          throw series.problem("'\(member)' is named twice")
        }
      }
      all.append(StudyPlan.Contrast(name: name, series: members))
    }
    return all
  }

  func newTasks(_ list: PlanNode) throws(InputError) -> [String] {
    let names = try list.texts()
    for (index, name) in names.enumerated() where names[..<index].contains(name) {
      throw list.problem("'\(name)' is named twice")
    }
    return names
  }

  func axes(_ list: PlanNode) throws(InputError) -> [StudyPlan.Axis] {
    var all: [StudyPlan.Axis] = []
    for node in try list.elements() {
      try node.checkKeys(["name", "tasks", "kind"])
      let name = try node.required("name").text()
      try checkUnused(name, all.map(\.name), node)
      let tasks = try node.required("tasks")
      let names = try tasks.texts()
      guard !names.isEmpty else { throw tasks.problem("needs at least one task") }
      all.append(StudyPlan.Axis(name: name, tasks: names, kind: try kind(node.child("kind"))))
    }
    guard !all.isEmpty else { throw list.problem("needs at least one axis") }
    return all
  }

  private func kind(_ node: PlanNode?) throws(InputError) -> StudyPlan.Axis.Kind {
    guard let node else { return .ability }
    return try node.choice(StudyPlan.Axis.Kind.self)
  }

  func paths(_ node: PlanNode) throws(InputError) -> [String] {
    guard node.isList else { return [try existing(node)] }
    var paths: [String] = []
    for element in try node.elements() { paths.append(try existing(element)) }
    return paths
  }

  /// A stage's task must be measured, or its learning could not be seen.
  func checkStageTasks(_ root: PlanNode, newTasks: [String]) throws(InputError) {
    for series in try root.required("series").elements() {
      for stage in try series.required("stages").elements() {
        guard let node = stage.child("task") else { continue }
        let task = try node.text()
        guard newTasks.contains(task) else {
          throw node.problem("'\(task)' is not one of new_tasks")
        }
      }
    }
  }

  /// A checkpoint argument, its paths taken from the file's folder.
  private func checkpoint(_ node: PlanNode) throws(InputError) -> String {
    CheckpointArgument(try node.text(), relativeTo: folder == "." ? "" : folder).text
  }

  private func existing(_ node: PlanNode) throws(InputError) -> String {
    let text = try node.text()
    let isWhole = text.hasPrefix("/") || folder == "." || folder.isEmpty
    let path = isWhole ? text : "\(folder)/\(text)"
    guard FileManager.default.fileExists(atPath: path) else {
      throw node.problem("no such file or folder: \(path)")
    }
    return path
  }

  private func checkUnused(
    _ name: String, _ earlier: [String], _ node: PlanNode
  ) throws(InputError) {
    if earlier.contains(name) { throw node.problem("the name '\(name)' is already taken") }
  }
}
