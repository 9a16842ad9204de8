import Core
import OrderedCollections

extension TaskConfiguration {
  /// The task's keys with all defaults, in lm-eval's order: `configs` of the results.
  func document(shotCount: Int, model: ModelDescription) -> JSONValue {
    var result: OrderedDictionary<String, JSONValue> = [:]
    for (key, fallback) in Self.documentKeys {
      let value: JSONValue =
        switch key {
        case "fewshot_config": shots.document
        case "num_fewshot": .integer(shotCount)
        case "metadata": metadata(model)
        case "generation_kwargs":
          outputType == .generation ? .object(generation.arguments) : source.values[key] ?? fallback
        default: source.values[key] ?? fallback
        }
      if value != .null { result[key] = value }
    }
    return .object(result)
  }

  private static let documentKeys: KeyValuePairs<String, JSONValue> = [
    "task": .null, "task_alias": .null, "dataset_path": .null, "dataset_name": .null,
    "dataset_kwargs": .null, "training_split": .null, "validation_split": .null,
    "test_split": .null, "fewshot_split": .null, "process_docs": .null, "doc_to_text": .null,
    "doc_to_target": .null, "unsafe_code": false, "doc_to_choice": .null,
    "process_results": .null, "description": "", "target_delimiter": " ",
    "fewshot_delimiter": "\n\n", "fewshot_config": .null, "num_fewshot": .null,
    "metric_list": .null, "output_type": .null, "generation_kwargs": .null, "repeats": 1,
    "filter_list": .null, "should_decontaminate": false, "doc_to_decontamination_query": .null,
    "gen_prefix": .null, "metadata": .null,
  ]

  private func metadata(_ model: ModelDescription) -> JSONValue {
    let own = source.values["metadata"] ?? .object([:])
    var result = own.object ?? ["_metadata": own]
    result.merge(model.arguments) { _, new in new }
    result["config_source"] = .string(source.path)
    return .object(result)
  }

  /// The version that the task file states, or `Yaml` as lm-eval says where there is none.
  var version: JSONValue { source.values["metadata"]?["version"] ?? "Yaml" }
}

extension ShotConfiguration {
  fileprivate var document: JSONValue {
    [
      "sampler": .string(sampler.rawValue), "split": split.map { .string($0) } ?? .null,
      "process_docs": rowFunction.map { .string(YAMLReader.functionTag + $0.name) } ?? .null,
      "fewshot_indices": .null,
      "samples": samples.map { .array($0.map { .object($0) }) } ?? .null, "doc_to_text": text,
      "doc_to_choice": choices ?? .null, "doc_to_target": target,
      "gen_prefix": answerPrefix ?? .null,
      "fewshot_delimiter": .string(shotDelimiter), "target_delimiter": .string(targetDelimiter),
    ]
  }
}
