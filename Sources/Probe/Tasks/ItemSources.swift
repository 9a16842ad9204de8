import Core
import OrderedCollections
import Templates

/// The parts of an item (text, target, choices, what the answer begins with) and how they come from a
/// row.
///
/// They follow lm-eval in what it makes of printed templates: digits become a number, a printed
/// list becomes a list.
struct ItemSources: Sendable {
  private let text: FieldSource
  private let target: FieldSource
  private let choices: FieldSource?
  private let answerPrefix: FieldSource?
  private let source: TaskSource

  /// Whether items have choices; printed digits are numbers only there.
  var hasChoices: Bool { choices != nil }

  init(
    text: JSONValue, target: JSONValue, choices: JSONValue?, answerPrefix: JSONValue?,
    fields: OrderedSet<String>, source: TaskSource
  ) throws {
    self.source = source
    self.text = try FieldSource(text, key: "doc_to_text", fields: fields, source: source)
    self.target = try FieldSource(target, key: "doc_to_target", fields: fields, source: source)
    self.choices = try choices.map {
      try FieldSource($0, key: "doc_to_choice", fields: fields, source: source)
    }
    self.answerPrefix = try answerPrefix.map {
      try FieldSource($0, key: "gen_prefix", fields: fields, source: source)
    }
  }

  /// The text before the answer, or the index of the right choice where the choices are contexts.
  func text(_ row: DataSplit.Row) throws -> JSONValue {
    try within("doc_to_text", row) {
      let value = number(try text.value(row, prints: true), from: text)
      switch value {
      case .string, .integer, .bool: return value
      default: throw row.error("found \(value.kind.rawValue), expected text")
      }
    }
  }

  /// The right answer: the index of a choice, its text, or a list of indices.
  func target(_ row: DataSplit.Row) throws -> JSONValue {
    try within("doc_to_target", row) {
      var value = number(try target.value(row, prints: true), from: target)
      if case .template = target, case .string(let text) = value, text.utf8.count >= 2,
        text.hasPrefix("["), text.hasSuffix("]")
      {
        value = PythonLiteral.parse(text) ?? value
      }
      switch value {
      case .string, .integer, .bool, .array: return value
      // What an answer is compared with may be any number.
      case .number where !hasChoices: return .string(PythonText.str(value))
      default: throw row.error("found \(value.kind.rawValue), expected a choice or its index")
      }
    }
  }

  /// What the answer begins with; `nil` where it may begin with anything.
  func answerPrefix(_ row: DataSplit.Row) throws -> String? {
    guard let answerPrefix else { return nil }
    return try within("gen_prefix", row) {
      let value = try answerPrefix.value(row, prints: true)
      guard let text = value.string else {
        throw row.error("found \(value.kind.rawValue), expected text")
      }
      return text.isEmpty ? nil : text
    }
  }

  /// The choices; none where the task has none.
  func choices(_ row: DataSplit.Row) throws -> [String] {
    guard let choices else { return [] }
    return try within("doc_to_choice", row) {
      var value = try choices.value(row, prints: false)
      if case .template = choices, case .string(let text) = value {
        guard let list = PythonLiteral.parse(text) else {
          throw row.error("the template gives \(PythonText.repr(text)), expected a list")
        }
        value = list
      }
      guard let list = value.array else {
        throw row.error("found \(value.kind.rawValue), expected a list of choices")
      }
      guard !list.isEmpty else { throw row.error("there are no choices") }
      return try list.enumerated().map { index, choice in
        guard let text = choice.string else {
          throw row.error("choice \(index) is \(choice.kind.rawValue), expected text")
        }
        guard !text.isEmpty else { throw row.error("choice \(index) is empty") }
        return text
      }
    }
  }

  /// A printed template that is nothing but digits, as a number.
  private func number(_ value: JSONValue, from source: FieldSource) -> JSONValue {
    guard hasChoices, case .template = source, case .string(let text) = value, !text.isEmpty,
      text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      text == "0" || !text.hasPrefix("0"), let number = Int(text)
    else { return value }
    return .integer(number)
  }

  /// Says in an error which key of which task file and which row it is about.
  private func within<Result>(
    _ key: String, _ row: DataSplit.Row, _ body: () throws -> Result
  ) throws -> Result {
    do {
      return try body()
    } catch let error as InputError {
      let place = error.path == nil ? error.place.map { "\($0): " } ?? "" : ""
      throw row.error(
        "\(place)\(error.message)",
        hint: error.hint ?? "key '\(key)' of '\(source.origins[key] ?? source.path)' asks for it")
    }
  }
}
