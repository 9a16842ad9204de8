import Core
import OrderedCollections

extension TaskConfiguration {
  /// Keys that change nothing about a multiple-choice run.
  ///
  /// lm-eval reads over them too: they name the task elsewhere, belong to other kinds of tasks, or
  /// are for decontamination, which is no part of a run.
  private static let ignoredKeys: Set = [
    "tag", "group", "task_list", "dataset_name", "should_decontaminate",
    "doc_to_decontamination_query", "generation_kwargs",
  ]

  /// Keys that are understood.
  private static let knownKeys: Set = [
    "task", "task_alias", "dataset_path", "dataset_kwargs", "training_split", "validation_split",
    "test_split", "fewshot_split", "output_type", "doc_to_text", "doc_to_target", "doc_to_choice",
    "description", "target_delimiter", "fewshot_delimiter", "num_fewshot", "fewshot_config",
    "metric_list", "metadata",
  ]

  /// Keys that change what is measured and are not supported, except with the value that changes
  /// nothing.
  private static let refusedKeys: [String: JSONValue] = [
    "process_docs": .null, "process_results": .null, "use_prompt": .null, "gen_prefix": .null,
    "filter_list": .null, "custom_dataset": .null, "class": .null, "unsafe_code": false,
    "doc_to_image": .null, "doc_to_audio": .null, "repeats": .integer(1),
  ]

  /// Checks a task's keys.
  ///
  /// - Throws: `InputError` with the file and the key.
  init(_ source: TaskSource) throws {
    let keys = KeyReader(source: source)
    try Self.checkKeys(source)
    self.source = source
    name = try keys.requiredString("task")
    guard !name.isEmpty, !name.contains("/"), !name.contains("\0") else {
      throw source.error(key: "task", "'\(name)' cannot be the name of a task")
    }
    alias = try keys.string("task_alias") ?? name
    try Self.checkOutputType(keys)
    dataFiles = try Self.dataFiles(keys)
    trainingSplit = try keys.string("training_split")
    validationSplit = try keys.string("validation_split")
    testSplit = try keys.string("test_split")
    guard testSplit != nil || validationSplit != nil else {
      throw InputError(
        path: source.path, "task '\(name)' has neither 'test_split' nor 'validation_split'")
    }
    text = try keys.required("doc_to_text")
    target = try keys.required("doc_to_target")
    choices = try keys.required("doc_to_choice")
    description = try keys.string("description") ?? ""
    targetDelimiter = try keys.string("target_delimiter") ?? " "
    shotCount = try keys.count("num_fewshot")
    metrics = try Self.metrics(keys)
    shots = try ShotConfiguration(
      keys, text: text, target: target, choices: choices, targetDelimiter: targetDelimiter)
  }

  private static func checkKeys(_ source: TaskSource) throws {
    for (key, value) in source.values where !ignoredKeys.contains(key) {
      if let function = source.functions[key] {
        throw source.error(
          key: key, "Python function '\(function)' is not supported",
          hint: "write the key as a field name or a template")
      }
      if knownKeys.contains(key) { continue }
      guard let harmless = refusedKeys[key] else {
        throw source.error(
          key: key, "unknown key",
          hint: NearestNames.hint(for: key, among: knownKeys.union(refusedKeys.keys)))
      }
      if value != harmless && value != .null { throw source.error(key: key, "not supported") }
    }
  }

  private static func checkOutputType(_ keys: KeyReader) throws {
    let type = try keys.string("output_type") ?? "generate_until"
    guard type == "multiple_choice" else {
      throw keys.source.error(
        key: "output_type", "'\(type)' is not supported, only 'multiple_choice'")
    }
  }

  // MARK: Data

  private static func dataFiles(_ keys: KeyReader) throws -> OrderedDictionary<String, [String]> {
    let path = try keys.requiredString("dataset_path")
    guard path == "json" else {
      throw keys.source.error(
        key: "dataset_path", "'\(path)' is not supported, only 'json' with data files",
        hint: "export the data set to JSON lines and name the file in 'dataset_kwargs'")
    }
    let arguments = try keys.object("dataset_kwargs") ?? [:]
    for key in arguments.keys where key != "data_files" && key != "trust_remote_code" {
      throw keys.source.error(key: "dataset_kwargs", "'\(key)' is not supported, only 'data_files'")
    }
    switch arguments["data_files"] {
    case .object(let splits): return try splits.mapValues { try fileNames($0, keys) }
    case .some(let value): return ["train": try fileNames(value, keys)]
    case .none: throw keys.source.error(key: "dataset_kwargs", "'data_files' is missing")
    }
  }

  private static func fileNames(_ value: JSONValue, _ keys: KeyReader) throws -> [String] {
    let values = value.array ?? [value]
    let names = values.compactMap(\.string)
    guard names.count == values.count, !names.isEmpty else {
      throw keys.source.error(
        key: "dataset_kwargs", "'data_files' holds \(value.kind.rawValue), expected file names")
    }
    return names
  }

  // MARK: Metrics

  private static func metrics(
    _ keys: KeyReader
  ) throws -> [(metric: Metric, isHigherBetter: Bool)] {
    guard let list = try keys.array("metric_list") else {
      return Metric.allCases.map { ($0, true) }
    }
    var found: [(metric: Metric, isHigherBetter: Bool)] = []
    for entry in list {
      guard let name = entry["metric"]?.string else {
        throw keys.source.error(key: "metric_list", "an entry without 'metric'")
      }
      guard let metric = Metric(rawValue: name) else {
        let known = Metric.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        throw keys.source.error(
          key: "metric_list", "metric '\(name)' is not supported, only \(known)")
      }
      if let aggregation = entry["aggregation"], aggregation != "mean" {
        throw keys.source.error(
          key: "metric_list",
          "aggregation \(aggregation.serialized()) of '\(name)' is not supported, only \"mean\"")
      }
      if entry["hf_evaluate"] == true {
        throw keys.source.error(key: "metric_list", "'hf_evaluate' of '\(name)' is not supported")
      }
      found.removeAll { $0.metric == metric }
      found.append((metric, entry["higher_is_better"]?.bool ?? true))
    }
    guard !found.isEmpty else { throw keys.source.error(key: "metric_list", "no metric") }
    return found
  }
}

extension ShotConfiguration {
  /// `fewshot_indices` is among them because lm-eval reads it and then draws from the whole split.
  private static let knownKeys: Set = [
    "sampler", "split", "samples", "doc_to_text", "doc_to_choice", "doc_to_target",
    "fewshot_delimiter", "target_delimiter", "fewshot_indices", "process_docs", "gen_prefix",
  ]

  /// Reads `fewshot_config`; what it does not set is as for the evaluated item.
  fileprivate init(
    _ keys: KeyReader, text: JSONValue, target: JSONValue, choices: JSONValue,
    targetDelimiter: String
  ) throws {
    let source = keys.source
    let own = try keys.object("fewshot_config") ?? [:]
    let inner = KeyReader(source: source, values: own, key: "fewshot_config")
    for (key, value) in own {
      guard Self.knownKeys.contains(key) else {
        throw source.error(key: "fewshot_config", "unknown key '\(key)'")
      }
      if ["process_docs", "gen_prefix"].contains(key), value != .null {
        throw source.error(key: "fewshot_config", "'\(key)' is not supported")
      }
    }
    let name = try inner.string("sampler") ?? Sampler.random.rawValue
    guard let sampler = Sampler(rawValue: name) else {
      let known = Sampler.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
      throw source.error(key: "fewshot_config", "sampler '\(name)' does not exist, only \(known)")
    }
    self.sampler = sampler
    split = try own["split"] == nil ? keys.string("fewshot_split") : inner.string("split")
    samples = try inner.array("samples")?.map { sample in
      guard let object = sample.object else {
        throw source.error(key: "fewshot_config", "'samples' holds \(sample.kind.rawValue)")
      }
      return object
    }
    self.text = own["doc_to_text"] ?? text
    self.target = own["doc_to_target"] ?? target
    self.choices = own["doc_to_choice"] ?? choices
    self.targetDelimiter = try inner.string("target_delimiter") ?? targetDelimiter
    shotDelimiter =
      try inner.string("fewshot_delimiter") ?? keys.string("fewshot_delimiter") ?? "\n\n"
  }
}
