import Core
import OrderedCollections

extension TaskConfiguration {
  /// Keys that change nothing about a run.
  ///
  /// lm-eval reads over them too: they name the task elsewhere or are for decontamination, which is
  /// no part of a run.
  private static let ignoredKeys: Set = [
    "tag", "group", "task_list", "should_decontaminate", "doc_to_decontamination_query",
  ]

  /// Keys that are understood.
  private static let knownKeys: Set = [
    "task", "task_alias", "dataset_path", "dataset_name", "dataset_kwargs", "training_split",
    "validation_split", "test_split", "fewshot_split", "output_type", "process_docs",
    "doc_to_text", "doc_to_target", "doc_to_choice", "process_results", "description",
    "target_delimiter", "fewshot_delimiter", "num_fewshot", "fewshot_config", "metric_list",
    "generation_kwargs", "filter_list", "repeats", "gen_prefix", "metadata",
  ]

  /// Keys that change what is measured and are not supported, except with the value that changes
  /// nothing.
  private static let refusedKeys: [String: JSONValue] = [
    "use_prompt": .null, "custom_dataset": .null, "class": .null, "unsafe_code": false,
    "doc_to_image": .null, "doc_to_audio": .null,
  ]

  /// Keys whose value may be a function of the program.
  private static let functionKeys: Set = [
    "process_docs", "process_results", "doc_to_text", "doc_to_target", "doc_to_choice",
    "metric_list", "fewshot_config",
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
    outputType = try Self.outputType(keys)
    data = try DataReference(keys)
    trainingSplit = try keys.string("training_split")
    validationSplit = try keys.string("validation_split")
    testSplit = try keys.string("test_split")
    guard testSplit != nil || validationSplit != nil else {
      throw InputError(
        path: source.path, "task '\(name)' has neither 'test_split' nor 'validation_split'")
    }
    rowFunction = try source.function("process_docs")
    text = try keys.required("doc_to_text")
    target = try keys.required("doc_to_target")
    choices = source.values["doc_to_choice"].flatMap { $0 == .null ? nil : $0 }
    guard choices != nil || outputType != .multipleChoice else {
      throw InputError(path: source.path, "key 'doc_to_choice' is missing")
    }
    answerPrefix = source.values["gen_prefix"].flatMap { $0 == .null ? nil : $0 }
    description = source.values["description"].flatMap { $0 == .null || $0 == "" ? nil : $0 }
    targetDelimiter = try keys.string("target_delimiter") ?? " "
    shotDelimiter = try keys.string("fewshot_delimiter") ?? "\n\n"
    shotCount = try keys.count("num_fewshot")
    repeats = try max(1, keys.count("repeats") ?? 1)
    resultFunction = try source.function("process_results")
    generation = try GenerationSettings(keys)
    filters = try ResponseFilter.filters(keys)
    metrics = try MetricDefinition.metrics(
      keys, outputType, hasResultFunction: resultFunction != nil)
    shots = try ShotConfiguration(keys)
  }

  private static func checkKeys(_ source: TaskSource) throws {
    for (key, value) in source.values where !ignoredKeys.contains(key) {
      if let function = source.functions[key], !functionKeys.contains(key) {
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

  private static func outputType(_ keys: KeyReader) throws -> OutputType {
    let name = try keys.string("output_type") ?? OutputType.generation.rawValue
    guard let type = OutputType(rawValue: name) else {
      let known = OutputType.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
      throw keys.source.error(key: "output_type", "'\(name)' does not exist, only \(known)")
    }
    return type
  }
}

extension DataReference {
  /// Reads `dataset_path` and what belongs to it.
  fileprivate init(_ keys: KeyReader) throws {
    let path = try keys.requiredString("dataset_path")
    guard ["json", "csv", "parquet", "arrow", "text"].contains(path) else {
      self = .named(path: path, name: try keys.string("dataset_name"))
      return
    }
    guard ["json", "csv"].contains(path) else {
      throw keys.source.error(
        key: "dataset_path", "'\(path)' is not supported, only 'json' and 'csv'",
        hint: "export the data set to JSON lines and name the file in 'dataset_kwargs'")
    }
    let arguments = try keys.object("dataset_kwargs") ?? [:]
    for key in arguments.keys where key != "data_files" && key != "trust_remote_code" {
      throw keys.source.error(key: "dataset_kwargs", "'\(key)' is not supported, only 'data_files'")
    }
    switch arguments["data_files"] {
    case .object(let splits): self = .files(try splits.mapValues { try Self.fileNames($0, keys) })
    case .some(let value): self = .files(["train": try Self.fileNames(value, keys)])
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
}

extension GenerationSettings {
  /// How many tokens lm-eval makes at most where nothing is said.
  private static let defaultCount = 256

  /// Arguments that change nothing about an answer of the likeliest tokens.
  private static let harmlessKeys: Set = [
    "temperature", "do_sample", "top_p", "top_k", "num_beams", "num_return_sequences",
  ]

  /// Reads `generation_kwargs`.
  fileprivate init(_ keys: KeyReader) throws {
    let delimiter = try keys.string("fewshot_delimiter") ?? "\n\n"
    guard var arguments = try keys.object("generation_kwargs") else {
      stops = [delimiter]
      maximumTokenCount = Self.defaultCount
      self.arguments = [
        "temperature": .number(0), "do_sample": false, "max_gen_toks": .integer(Self.defaultCount),
        "until": .array([.string(delimiter)]),
      ]
      return
    }
    if let number = arguments["temperature"]?.double { arguments["temperature"] = .number(number) }
    if arguments["until"] == nil { arguments["until"] = .array([.string(delimiter)]) }
    let inner = KeyReader(source: keys.source, values: arguments, key: "generation_kwargs")
    let until = arguments["until"] ?? .null
    stops = try (until.array ?? (until == .null ? [] : [until])).map { stop in
      guard let text = stop.string else {
        throw keys.source.error(
          key: "generation_kwargs", "'until' holds \(stop.kind.rawValue), expected text")
      }
      return text
    }
    maximumTokenCount =
      try inner.count("max_gen_toks") ?? inner.count("max_new_tokens") ?? Self.defaultCount
    self.arguments = arguments
    try Self.requireGreedy(arguments, keys)
  }

  /// Refuses what would make answers a matter of chance, or better ones by search.
  private static func requireGreedy(
    _ arguments: OrderedDictionary<String, JSONValue>, _ keys: KeyReader
  ) throws {
    let isSampled =
      arguments["do_sample"] == true && arguments["temperature"]?.double ?? 1 != 0
    let beamCount = arguments["num_beams"]?.int ?? 1
    guard !isSampled, beamCount == 1 else {
      throw keys.source.error(
        key: "generation_kwargs",
        "\(isSampled ? "'do_sample: true'" : "'num_beams: \(beamCount)'") is not supported; answers "
          + "are made of the likeliest token each time")
    }
    let known = harmlessKeys.union(["until", "max_gen_toks", "max_new_tokens"])
    for key in arguments.keys where !known.contains(key) {
      throw keys.source.error(key: "generation_kwargs", "'\(key)' is not supported")
    }
  }
}

extension ShotConfiguration {
  /// `fewshot_indices` is among them because lm-eval reads it and then draws from the whole split.
  private static let knownKeys: Set = [
    "sampler", "split", "samples", "doc_to_text", "doc_to_choice", "doc_to_target",
    "fewshot_delimiter", "target_delimiter", "fewshot_indices", "process_docs", "gen_prefix",
  ]

  /// Reads `fewshot_config`; what it does not set is as for the evaluated item.
  fileprivate init(_ keys: KeyReader) throws {
    let source = keys.source
    let own = try keys.object("fewshot_config") ?? [:]
    let inner = KeyReader(source: source, values: own, key: "fewshot_config")
    for key in own.keys where !Self.knownKeys.contains(key) {
      throw source.error(key: "fewshot_config", "unknown key '\(key)'")
    }
    func value(_ key: String) -> JSONValue? {
      let value = own[key] ?? source.values[key]
      return value == .null ? nil : value
    }
    let name = try inner.string("sampler") ?? Sampler.random.rawValue
    guard let sampler = Sampler(rawValue: name) else {
      let known = Sampler.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
      throw source.error(key: "fewshot_config", "sampler '\(name)' does not exist, only \(known)")
    }
    self.sampler = sampler
    split = try own["split"] == nil ? keys.string("fewshot_split") : inner.string("split")
    rowFunction =
      try own["process_docs"] == nil
      ? source.function("process_docs")
      : source.function(inside: "fewshot_config", own["process_docs"])
    samples = try Self.samples(own["samples"], source, inner)
    text = value("doc_to_text") ?? .null
    target = value("doc_to_target") ?? .null
    choices = value("doc_to_choice")
    answerPrefix = value("gen_prefix")
    targetDelimiter =
      try inner.string("target_delimiter") ?? keys.string("target_delimiter") ?? " "
    shotDelimiter =
      try inner.string("fewshot_delimiter") ?? keys.string("fewshot_delimiter") ?? "\n\n"
  }

  private static func samples(
    _ value: JSONValue?, _ source: TaskSource, _ keys: KeyReader
  ) throws -> [OrderedDictionary<String, JSONValue>]? {
    if let function = try source.function(inside: "fewshot_config", value) {
      guard case .samples(let samples) = function.body else {
        throw source.error(key: "fewshot_config", "'\(function.name)' gives no samples")
      }
      return samples
    }
    return try keys.array("samples")?.map { sample in
      guard let object = sample.object else {
        throw source.error(key: "fewshot_config", "'samples' holds \(sample.kind.rawValue)")
      }
      return object
    }
  }
}
