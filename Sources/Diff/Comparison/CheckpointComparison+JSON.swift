public import Core
import Formats
public import OrderedCollections

extension CheckpointComparison {
  /// The version of the documents of comparisons and trajectories.
  static let schemaVersion = 1

  /// The comparison as a JSON document, with the largest relative L2 first where it is cut short.
  ///
  /// - Parameter top: How many tensors, layers and components it holds at most; `nil` for all, in
  ///   the order of the model.
  /// - Returns: An object with `schema_version`.
  public func document(top: Int? = nil) -> JSONValue {
    .object([
      "schema_version": .integer(Self.schemaVersion),
      "base": .string(base),
      "other": .string(other),
      "verdict": JSONValue(verdict?.kind.rawValue),
      "verdict_evidence": verdictEvidence,
      "tensors": .array(tensors.leading(top, by: \.metrics).map { .object($0.members) }),
      "layers": .array(layers.leading(top, by: \.metrics).map { .object($0.members) }),
      "components": .array(components.leading(top, by: \.metrics).map { .object($0.members) }),
      "experts": .array(experts.leading(top, byRelativeL2: \.delta).map { .object($0.members) }),
      "total": .object(total.members),
      "only_in_base": .array(onlyInBase.map(JSONValue.string)),
      "only_in_other": .array(onlyInOther.map(JSONValue.string)),
      "resized": .array(resized.map(\.json)),
      "renamed": .array(renamed.map(\.json)),
      "not_compared": .array(notCompared.map(\.json)),
      "tied_copies": .array(tiedCopies.map(\.json)),
      "buffers": .array(buffers.map(JSONValue.string)),
    ])
  }
}

extension Sequence {
  /// The elements with the largest relative L2, the largest first; all in their order for `nil`.
  public func leading(_ top: Int?, by metrics: (Element) -> DeltaMetrics?) -> [Element] {
    guard let top else { return Array(self) }
    // What has no relative L2 but a delta, such as a base of zeros, moved furthest of all.
    func weight(_ element: Element) -> Double {
      guard let delta = metrics(element) else { return -1 }
      return delta.relativeL2 ?? (delta.isIdentical ? 0 : .infinity)
    }
    return leading(top, by: weight)
  }

  /// The elements with the largest relative L2 of a part of a tensor, as ``leading(_:by:)`` does.
  public func leading(
    _ top: Int?, byRelativeL2 delta: (Element) -> SegmentDelta
  ) -> [Element] {
    guard let top else { return Array(self) }
    return leading(top) { element in
      let delta = delta(element)
      return delta.relativeL2 ?? (delta.l2Delta == 0 ? 0 : .infinity)
    }
  }

  private func leading(_ top: Int, by weight: (Element) -> Double) -> [Element] {
    let ranked = enumerated().map { (offset: $0, weight: weight($1), element: $1) }
      .sorted { ($1.weight, $0.offset) < ($0.weight, $1.offset) }
    return ranked.prefix(top).map(\.element)
  }
}

extension TensorDelta {
  /// The delta as the members of a JSON object.
  public var members: OrderedDictionary<String, JSONValue> {
    let own: OrderedDictionary<String, JSONValue> = [
      "role": JSONValue(role?.description),
      "base_name": .string(baseName),
      "other_name": .string(otherName),
      "layer": JSONValue(role?.layer),
      "component": JSONValue(role?.component.rawValue),
      "shape": .array(shape.map(JSONValue.integer)),
      "base_dtype": .string(baseDType.description),
      "other_dtype": .string(otherDType.description),
    ]
    return own.merging(metrics.members) { own, _ in own }
      .merging(segments?.members ?? [:]) { own, _ in own }
      .merging(spectral?.members ?? [:]) { own, _ in own }
  }
}

extension LayerDelta {
  /// The delta as the members of a JSON object.
  public var members: OrderedDictionary<String, JSONValue> {
    let own: OrderedDictionary<String, JSONValue> = [
      "stack": .string(key.stack.rawValue),
      "layer": .integer(key.layer),
    ]
    return own.merging(metrics.members) { own, _ in own }
  }
}

extension ComponentDelta {
  /// The delta as the members of a JSON object.
  public var members: OrderedDictionary<String, JSONValue> {
    let own: OrderedDictionary<String, JSONValue> = ["component": .string(component.rawValue)]
    return own.merging(metrics.members) { own, _ in own }
  }
}

extension Pairing.Resized {
  var json: JSONValue {
    [
      "role": JSONValue(base.role?.description),
      "base_name": .string(base.name),
      "other_name": .string(other.name),
      "base_shape": .array(base.logicalShape.map(JSONValue.integer)),
      "other_shape": .array(other.logicalShape.map(JSONValue.integer)),
      "compared_row_count": .integer(comparedRowCount),
      "extra_rows": extraRows?.json ?? .null,
    ]
  }
}

extension Pairing.Renamed {
  var json: JSONValue {
    [
      "role": JSONValue(key.role?.description),
      "base_name": .string(baseName),
      "other_name": .string(otherName),
      "evidence": .string(match.evidence.rawValue),
      "sample_relative_l2": .number(match.sampleDistance),
      "next_sample_relative_l2": JSONValue(match.nextDistance),
    ]
  }
}
