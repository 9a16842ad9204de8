public import Core
import Foundation
import Inference
import OrderedCollections
import Templates

extension HarnessReport {
  /// The results document.
  public var results: JSONValue {
    var document: OrderedDictionary<String, JSONValue> = [:]
    let groups = result.groups.map { ($0.name, Self.metrics(of: $0)) }
    let scored = zip(result.groups, groups).filter { $0.0.itemCount != nil }.map(\.1)
    document["results"] = Self.object(result.tasks.map { ($0.name, Self.metrics(of: $0)) } + groups)
    if !scored.isEmpty { document["groups"] = Self.object(scored) }
    document["group_subtasks"] = Self.object(
      evaluation.selection.groups.map { group in
        (group.name, .array(group.members.keys.map { .string($0) }))
      })
    document["configs"] = sorted { task in
      task.task.configuration.document(shotCount: task.shotCount, model: model)
    }
    document["versions"] = versions
    document["n-shot"] = shotCounts
    document["higher_is_better"] = higherIsBetter
    document["n-samples"] = Self.object(
      evaluation.tasks.map { task in
        (
          task.task.name,
          [
            "original": .integer(task.task.itemCount),
            "effective": .integer(effectiveCount(of: task)),
          ]
        )
      })
    document["config"] = configuration
    document.merge(environment) { _, new in new }
    return .object(document)
  }

  // MARK: Scores

  private static func metrics(of task: TaskResult) -> JSONValue {
    var result: OrderedDictionary<String, JSONValue> = [
      "name": .string(task.name), "alias": .string(task.alias),
      "sample_len": .integer(task.items.count),
    ]
    for metric in task.metrics { add(metric, to: &result) }
    return .object(result)
  }

  private static func metrics(of group: GroupResult) -> JSONValue {
    var result: OrderedDictionary<String, JSONValue> = [
      "alias": .string(group.alias), "name": .string(group.name),
    ]
    guard let itemCount = group.itemCount else { return .object(result) }
    result["sample_len"] = .integer(itemCount)
    for metric in group.metrics { add(metric, to: &result) }
    if !group.metrics.isEmpty {
      result["sample_count"] = object(
        group.metrics.map { ("\($0.name),\($0.filter)", .integer($0.itemCount)) })
    }
    return .object(result)
  }

  private static func add(
    _ metric: MetricResult, to result: inout OrderedDictionary<String, JSONValue>
  ) {
    result["\(metric.name),\(metric.filter)"] = .number(metric.value)
    result["\(metric.name)_stderr,\(metric.filter)"] =
      metric.standardError.map { .number($0) } ?? "N/A"
  }

  // MARK: Tasks

  private func effectiveCount(of task: Evaluation.PreparedTask) -> Int {
    result.tasks.first { $0.name == task.task.name }?.items.count ?? 0
  }

  private var versions: JSONValue {
    let versions = tasks.map { ($0.task.name, $0.task.configuration.version) }
    let groups = evaluation.selection.groups.map { group in
      (group.name, JSONValue.string(group.metadata["version"].map(PythonText.str) ?? "N/A"))
    }
    return Self.sortedObject(versions + groups)
  }

  /// The number of shots of each task, and of each group whose direct members agree.
  private var shotCounts: JSONValue {
    var counts = Dictionary(
      uniqueKeysWithValues: tasks.map { ($0.task.name, $0.shotCount) })
    for group in evaluation.selection.groups {
      let values = Set(group.members.keys.compactMap { counts[$0] })
      if values.count == 1 { counts[group.name] = values.first }
    }
    return Self.sortedObject(counts.map { ($0.key, .integer($0.value)) })
  }

  /// The direction of each metric of each task, and of each group: null where members disagree.
  private var higherIsBetter: JSONValue {
    var directions: [String: OrderedDictionary<String, JSONValue>] = [:]
    for task in tasks {
      directions[task.task.name] = task.task.configuration.metrics.reduce(into: [:]) {
        $0[$1.name] = .bool($1.isHigherBetter)
      }
    }
    for group in evaluation.selection.groups {
      var joined: OrderedDictionary<String, JSONValue> = [:]
      for member in group.members.keys {
        joined.merge(directions[member] ?? [:]) { $0 == $1 ? $0 : .null }
      }
      if !joined.isEmpty { directions[group.name] = joined }
    }
    return Self.sortedObject(directions.map { ($0.key, .object($0.value)) })
  }

  private var taskHashes: JSONValue {
    Self.object(
      tasks.map { task in
        let joined = task.items.map { $0.hashes.document + $0.hashes.prompt + $0.hashes.target }
        // Of every line of the samples, and each filter has its own.
        let filterCount = task.task.configuration.filters.count
        let all = Array(repeating: joined.joined(), count: filterCount)
        return (task.task.name, .string(ItemHashes.hash(all.joined())))
      })
  }

  private func sorted(_ value: (Evaluation.PreparedTask) -> JSONValue) -> JSONValue {
    Self.sortedObject(tasks.map { ($0.task.name, value($0)) })
  }

  // MARK: Model and run

  private var configuration: JSONValue {
    [
      "model": .string(run.program), "model_args": .object(model.arguments),
      "model_num_parameters": Self.optional(model.parameterCount) { .integer($0) },
      "model_dtype": .string(model.dtype ?? ""), "model_revision": "",
      "model_sha": .string(model.contentHash ?? ""), "batch_size": "auto", "batch_sizes": [],
      "device": "cpu", "use_cache": .null,
      "limit": Self.optional(evaluation.options.limit) { .number(Double($0)) },
      "bootstrap_iters": 100_000, "gen_kwargs": .object([:]), "random_seed": 0,
      "numpy_seed": 1234, "torch_seed": 1234, "fewshot_seed": 1234,
    ]
  }

  private var environment: OrderedDictionary<String, JSONValue> {
    [
      "git_hash": .null, "date": .number(run.started.timeIntervalSince1970),
      "pretty_env_info": .string("N/A (\(run.program) \(run.version))"),
      "transformers_version": "N/A",
      "lm_eval_version": .string("0.4.13 (files only, written by \(run.program) \(run.version))"),
      "upper_git_hash": .null,
      "max_length": Self.optional(model.contextLength) { .integer($0) },
      "task_hashes": taskHashes, "model_source": .string(run.program),
      "model_name": .string(model.name), "model_name_sanitized": .string(folderName),
      "system_instruction": Self.optional(evaluation.options.systemInstruction) { .string($0) },
      "system_instruction_sha": Self.optional(evaluation.options.systemInstruction) {
        .string(ItemHashes.hash($0))
      },
      "fewshot_as_multiturn": Self.optional(evaluation.options.chat) { .bool($0.isMultiturn) },
      "chat_template": Self.optional(evaluation.options.chat) { .string($0.source) },
      "chat_template_sha": Self.optional(evaluation.options.chat) {
        .string(ItemHashes.hash($0.source))
      },
      "total_evaluation_time_seconds": .string(PythonText.repr(run.seconds)),
      "schema_version": 1,
      "lethe": .object([
        "version": .string(run.version),
        "content_hash": Self.optional(model.contentHash) { .string($0) },
        "numerics": Self.optional(model.numerics) { .string($0) },
        "positions": Self.positions(result.work),
        "protocol": .string(evaluation.options.rules.rawValue),
        "sample": Self.optional(evaluation.options.sampleSize) { size in
          [
            "size": .integer(size), "seed": .integer(Int(ItemSample.seed)),
            "summaries": .array(sampleSummaries.map(\.document)),
          ]
        },
        "chance": Self.object(
          result.tasks.map { ($0.name, Self.optional($0.chance) { .number($0) }) }),
      ]),
    ]
  }

  private static func positions(_ work: ScoringWork) -> JSONValue {
    [
      "naive": .integer(work.naivePositionCount), "shared": .integer(work.sharedPositionCount),
      "computed": .integer(work.computedPositionCount),
      "scored": .integer(work.scoredPositionCount),
    ]
  }

  // MARK: Objects

  private static func optional<Value>(
    _ value: Value?, _ json: (Value) -> JSONValue
  ) -> JSONValue {
    value.map(json) ?? .null
  }

  private static func object(_ members: [(String, JSONValue)]) -> JSONValue {
    .object(OrderedDictionary(members) { _, new in new })
  }

  /// An object with its keys in Python's order of strings.
  private static func sortedObject(_ members: [(String, JSONValue)]) -> JSONValue {
    object(
      members.sorted { $0.0.unicodeScalars.lexicographicallyPrecedes($1.0.unicodeScalars) })
  }
}
