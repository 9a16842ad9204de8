import ArgumentParser
import Core
import Diff
import OrderedCollections

/// Decides conditions on the parts of a document of drift.
struct DriftConditions {
  /// The words for levels, as `--by` has them, and the documents' name for the whole model.
  static let levels = Set(DriftLevel.allCases.map(\.rawValue)).union(["total"])

  let document: JSONValue

  /// What came of a condition.
  ///
  /// - Throws: `ValidationError` for a metric that no part at its level has.
  func outcome(of condition: Condition) throws -> Condition.Outcome {
    for subject in condition.subjects where !isKnown(subject) {
      throw Self.unknown(subject, known: parts(at: subject.level).flatMap { keys(in: $0) })
    }
    return condition.outcome(decide)
  }

  /// The keys of the numbers that a part can have where so much was measured.
  static func keys(of measures: DriftMeasures) -> [String] {
    DeltaMetrics.keys + ["layer"] + (measures.quantiles ? ["quantiles"] : [])
      + SpectralMeasures(asked: measures).members.keys
  }

  /// The error for a metric that no part has.
  static func unknown(_ subject: Condition.Subject, known: [String]) -> ValidationError {
    let nearest = NearestNames.names(near: subject.keys[0], among: Set(known).sorted())
    let hint = nearest.isEmpty ? "" : "; near it: \(nearest.joined(separator: ", "))"
    return ValidationError("no part has a metric '\(subject)'\(hint)")
  }

  private func decide(_ comparison: Condition.Comparison) -> Condition.Outcome {
    let subject = comparison.subject
    let parts = parts(at: subject.level).filter { part in
      subject.name.map { Self.isNamed(part, $0) } ?? true
    }
    var reasons: [String] = []
    var isMissing = parts.isEmpty
    for part in parts {
      guard let value = value(of: subject, in: part)?.double else {
        isMissing = true
        continue
      }
      if comparison.relation.holds(value, comparison.limit) {
        reasons.append("\(Self.label(part, subject)) is \(NumberText.significant(value))")
      }
    }
    if !reasons.isEmpty { return .met(reasons) }
    return isMissing ? .undecided("'\(subject)' has no value") : .unmet
  }

  // MARK: - Parts

  private func parts(at level: String?) -> [JSONValue] {
    let key = level.flatMap(DriftLevel.init(rawValue:))?.key ?? DriftLevel.model.key
    guard let parts = document[key] else { return [] }
    return parts.array ?? [parts]
  }

  private func isKnown(_ subject: Condition.Subject) -> Bool {
    let parts = parts(at: subject.level)
    return parts.isEmpty || parts.contains { value(of: subject, in: $0) != nil }
  }

  /// The value that keys lead to; in a series, what is not a part's own is of its way from the base.
  private func value(of subject: Condition.Subject, in part: JSONValue) -> JSONValue? {
    func follow(_ start: JSONValue?) -> JSONValue? {
      subject.keys.reduce(start) { value, key in
        // What a part does not have, its parts do not have either.
        value == .null ? .null : value?[key]
      }
    }
    return follow(part) ?? part["from_base"].flatMap(follow)
  }

  private func keys(in part: JSONValue) -> [String] {
    [part, part["from_base"]].compactMap { $0?.object }.flatMap { Array($0.keys) }
  }

  /// Whether a part is one that a name in brackets stands for: its number, or a glob of its names.
  private static func isNamed(_ part: JSONValue, _ name: String) -> Bool {
    let glob = Glob(pattern: name)
    let isTensor = part["shape"] != nil
    let names = isTensor ? ["role", "base_name", "other_name", "name"] : ["component"]
    if !isTensor, let layer = part["layer"]?.int { return "\(layer)" == name }
    return names.contains { part[$0]?.string.map(glob.matches) ?? false }
  }

  private static func label(_ part: JSONValue, _ subject: Condition.Subject) -> String {
    let stage = part["stage"]?.int.map { "stage \($0), " } ?? ""
    let layer = part["layer"]?.int.map { "layer \($0)" }
    let names = ["role", "base_name", "component"].compactMap { part[$0]?.string }
    let name: String = names.first ?? layer ?? "total"
    return "\(stage)\(name): \(subject.keys.joined(separator: "."))"
  }
}
