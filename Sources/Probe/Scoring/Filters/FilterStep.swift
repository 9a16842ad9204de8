import Core
import Foundation
import OrderedCollections
import Templates

/// One step of a ``ResponseFilter``, named as in task files.
enum FilterStep: Sendable {
  case first
  case firstOnes(Int)
  case mostFrequent
  case trimmed
  case lowercased
  case uppercased
  case mapped(OrderedDictionary<String, JSONValue>, fallback: JSONValue)
  case match(AnswerPattern)
  case choice(ChoicePattern)

  private static let names = [
    "take_first", "take_first_k", "majority_vote", "remove_whitespace", "lowercase", "uppercase",
    "map", "regex", "multi_choice_regex",
  ]

  /// Reads an entry of `filter`.
  ///
  /// - Throws: `InputError` for a step that does not exist or whose arguments are wrong.
  init(_ entry: JSONValue, source: TaskSource) throws {
    let values = entry.object ?? [:]
    let keys = KeyReader(source: source, values: values, key: "filter_list")
    let name = try keys.string("function") ?? ""
    switch name {
    case "take_first": self = .first
    case "take_first_k": self = .firstOnes(try keys.count("k") ?? 1)
    case "majority_vote": self = .mostFrequent
    case "remove_whitespace": self = .trimmed
    case "lowercase": self = .lowercased
    case "uppercase": self = .uppercased
    case "map":
      self = .mapped(
        try keys.object("mapping_dict") ?? [:], fallback: values["default_value"] ?? .null)
    case "regex": self = .match(try AnswerPattern(keys))
    case "multi_choice_regex": self = .choice(try ChoicePattern(keys))
    default:
      let known = Self.names.map { "'\($0)'" }.joined(separator: ", ")
      throw source.error(
        key: "filter_list", "filter '\(name)' is not supported, only \(known)")
    }
  }

  /// What becomes of the answers to one request.
  func apply(to answers: [String], _ row: DataSplit.Row) throws -> [String] {
    switch self {
    case .first: return Array(answers.prefix(1))
    case .firstOnes(let count): return Array(answers.prefix(count))
    case .mostFrequent: return Self.mostFrequent(answers).map { [$0] } ?? []
    case .trimmed: return answers.map(PythonText.strip)
    case .lowercased: return answers.map { PythonString.lowercased($0) }
    case .uppercased: return answers.map { $0.uppercased() }
    case .mapped(let table, let fallback):
      return answers.map { PythonText.str(table[$0] ?? fallback) }
    case .match(let pattern): return answers.map(pattern.answer)
    case .choice(let pattern): return try answers.map { try pattern.answer($0, row) }
    }
  }

  /// The most frequent of some answers, of equals the one that came first.
  private static func mostFrequent(_ answers: [String]) -> String? {
    let counts = answers.reduce(into: OrderedDictionary<String, Int>()) { $0[$1, default: 0] += 1 }
    guard let most = counts.values.max() else { return nil }
    return counts.first { $0.value == most }?.key
  }
}

/// What an answer holds that matches a regular expression.
struct AnswerPattern: Sendable {
  private static let defaultPattern = #"#### (\-?[0-9\.\,]+)"#

  let expression: RegularExpression
  let place: Int
  let fallback: String

  /// Reads `regex_pattern`, `group_select` and `fallback`.
  init(_ keys: KeyReader) throws {
    let pattern = try keys.string("regex_pattern") ?? Self.defaultPattern
    do {
      expression = try RegularExpression(pattern)
    } catch {
      throw keys.source.error(key: "filter_list", error.message)
    }
    place = try keys.integer("group_select") ?? 0
    fallback = try keys.string("fallback") ?? "[invalid]"
  }

  /// The match at the place that is asked for, counted from the end where it is negative.
  func match(in answer: String) -> String? {
    expression.match(in: answer, at: place).map(PythonText.strip)
  }

  /// The match, or what stands for none.
  func answer(_ answer: String) -> String { match(in: answer) ?? fallback }
}
