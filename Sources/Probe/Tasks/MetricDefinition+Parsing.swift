import Core
import OrderedCollections

extension MetricDefinition {
  /// The metrics that `metric_list` asks for, or those that lm-eval takes where there is none.
  ///
  /// - Throws: `InputError` for a metric or aggregation that does not exist, or that does not fit what
  ///   is asked about an item.
  static func metrics(
    _ keys: KeyReader, _ type: OutputType, hasResultFunction: Bool
  ) throws -> [MetricDefinition] {
    guard let list = try keys.array("metric_list") else {
      return Metric.defaults(of: type).map {
        MetricDefinition(
          name: $0.rawValue, aggregation: $0.aggregation, isHigherBetter: $0.isHigherBetter)
      }
    }
    var found: OrderedDictionary<String, MetricDefinition> = [:]
    for entry in list {
      let metric = try metric(entry, keys, type, hasResultFunction: hasResultFunction)
      found[metric.name] = metric
    }
    guard !found.isEmpty else { throw keys.source.error(key: "metric_list", "no metric") }
    return Array(found.values)
  }

  private static func metric(
    _ entry: JSONValue, _ keys: KeyReader, _ type: OutputType, hasResultFunction: Bool
  ) throws -> MetricDefinition {
    if let function = try keys.source.function(inside: "metric_list", entry["metric"]) {
      throw keys.source.error(key: "metric_list", "'\(function.name)' is no metric")
    }
    guard let name = entry["metric"]?.string else {
      throw keys.source.error(key: "metric_list", "an entry without 'metric'")
    }
    let metric = Metric(rawValue: name)
    if !hasResultFunction { try require(metric, name, entry, keys, type) }
    let aggregation = try aggregation(entry["aggregation"], of: name, keys) ?? metric?.aggregation
    guard let aggregation else {
      throw keys.source.error(key: "metric_list", "metric '\(name)' has no 'aggregation'")
    }
    let own: Set = ["metric", "aggregation", "higher_is_better", "hf_evaluate"]
    return MetricDefinition(
      name: name, aggregation: aggregation,
      isHigherBetter: entry["higher_is_better"]?.bool ?? metric?.isHigherBetter ?? true,
      arguments: (entry.object ?? [:]).filter { !own.contains($0.key) })
  }

  /// Refuses a metric that does not exist or that this kind of task does not have.
  private static func require(
    _ metric: Metric?, _ name: String, _ entry: JSONValue, _ keys: KeyReader, _ type: OutputType
  ) throws {
    guard let metric, metric.outputTypes.contains(type) else {
      let known = Metric.allCases.filter { $0.outputTypes.contains(type) }
        .map { "'\($0.rawValue)'" }.joined(separator: ", ")
      throw keys.source.error(
        key: "metric_list",
        "metric '\(name)' is not supported for '\(type.rawValue)', only \(known)")
    }
    if entry["hf_evaluate"] == true, metric != .exactMatch {
      throw keys.source.error(key: "metric_list", "'hf_evaluate' of '\(name)' is not supported")
    }
  }

  private static func aggregation(
    _ value: JSONValue?, of metric: String, _ keys: KeyReader
  ) throws -> Aggregation? {
    guard let value, value != .null else { return nil }
    if let function = try keys.source.function(inside: "metric_list", value) {
      guard case .aggregation = function.body else {
        throw keys.source.error(
          key: "metric_list", "'\(function.name)' is no aggregation of '\(metric)'")
      }
      return .native(function)
    }
    guard let aggregation = value.string.flatMap(Aggregation.init(name:)) else {
      let known = Aggregation.names.map { "'\($0)'" }.joined(separator: ", ")
      throw keys.source.error(
        key: "metric_list",
        "aggregation \(value.serialized()) of '\(metric)' is not supported, only \(known)")
    }
    return aggregation
  }
}
