extension Condition {
  /// Reads a condition.
  ///
  /// - Parameters:
  ///   - text: The condition as a user writes it.
  ///   - levels: The words that name a level when they begin a subject with several parts; `nil`
  ///     where every first part does, which may then also stand in double quotes.
  /// - Throws: ``InputError`` that says what was expected at which character.
  public init(parsing text: String, levels: Set<String>?) throws(InputError) {
    var parser = ConditionParser(text, levels: levels)
    self = try parser.readAll()
  }
}

/// Reads a condition from left to right.
private struct ConditionParser {
  private static let depthLimit = 64
  private static let relationCharacters: Set<Character> = [">", "<", "=", "!"]

  private let text: String
  private let characters: [Character]
  private let levels: Set<String>?
  private var position = 0
  private var depth = 0

  init(_ text: String, levels: Set<String>?) {
    self.text = text
    self.levels = levels
    characters = Array(text)
  }

  mutating func readAll() throws(InputError) -> Condition {
    let condition = try readAlternatives()
    skipBlanks()
    guard position == characters.count else { throw expected("'and', 'or' or the end") }
    return condition
  }

  private mutating func readAlternatives() throws(InputError) -> Condition {
    var condition = try readTerm()
    while take(word: "or") { condition = .or(condition, try readTerm()) }
    return condition
  }

  private mutating func readTerm() throws(InputError) -> Condition {
    var condition = try readFactor()
    while take(word: "and") { condition = .and(condition, try readFactor()) }
    return condition
  }

  private mutating func readFactor() throws(InputError) -> Condition {
    skipBlanks()
    guard next == "(" else { return .comparison(try readComparison()) }
    guard depth < Self.depthLimit else { throw expected("at most \(Self.depthLimit) parentheses") }
    depth += 1
    position += 1
    let condition = try readAlternatives()
    skipBlanks()
    guard next == ")" else { throw expected("')'") }
    position += 1
    depth -= 1
    return condition
  }

  private mutating func readComparison() throws(InputError) -> Condition.Comparison {
    let subject = try readSubject()
    skipBlanks()
    let symbol = String(characters[position...].prefix { Self.relationCharacters.contains($0) })
    guard let relation = Condition.Relation(rawValue: symbol) else {
      throw expected("one of '>', '>=', '<', '<=', '==', '!='")
    }
    position += symbol.count
    skipBlanks()
    let number = String(characters[position...].prefix { !$0.isWhitespace && $0 != ")" })
    guard let limit = Double(number), limit.isFinite else { throw expected("a number") }
    position += number.count
    return Condition.Comparison(subject: subject, relation: relation, limit: limit)
  }

  private mutating func readSubject() throws(InputError) -> Condition.Subject {
    skipBlanks()
    let isQuoted = levels == nil && next == "\""
    var keys = [isQuoted ? try readQuoted() : try readKey()]
    var name: String?
    if next == "[" {
      if let levels, !levels.contains(keys[0]) {
        throw expected("one of \(levels.sorted().joined(separator: ", ")) before '['")
      }
      name = try readName()
      guard next == "." else { throw expected("'.' and a metric") }
    }
    if isQuoted, next != "." { throw expected("'.' and a metric") }
    while next == "." {
      position += 1
      keys.append(try readKey())
    }
    guard keys.count > 1, levels?.contains(keys[0]) ?? true else {
      return Condition.Subject(level: nil, name: nil, keys: keys)
    }
    return Condition.Subject(level: keys[0], name: name, keys: Array(keys.dropFirst()))
  }

  private mutating func readKey() throws(InputError) -> String {
    let key = characters[position...].prefix { $0.isLetter || $0.isNumber || $0 == "_" }
    guard !key.isEmpty else { throw expected("a metric") }
    position += key.count
    return String(key)
  }

  private mutating func readQuoted() throws(InputError) -> String {
    let text = characters[(position + 1)...].prefix { $0 != "\"" }
    let end = position + 1 + text.count
    guard end < characters.count, !text.isEmpty else { throw expected("a name in quotes") }
    position = end + 1
    return String(text)
  }

  private mutating func readName() throws(InputError) -> String {
    let name = characters[(position + 1)...].prefix { $0 != "]" }
    let end = position + 1 + name.count
    guard end < characters.count else { throw expected("a name and ']' behind '['") }
    guard !name.isEmpty else {
      position += 1
      throw expected("a name")
    }
    position = end + 1
    return String(name)
  }

  // MARK: Characters

  private var next: Character? { position < characters.count ? characters[position] : nil }

  private mutating func skipBlanks() {
    while let next, next.isWhitespace { position += 1 }
  }

  /// Moves past a word that stands by itself; returns whether it was there.
  private mutating func take(word: String) -> Bool {
    skipBlanks()
    let found = characters[position...].prefix { $0.isLetter || $0.isNumber || $0 == "_" }
    guard String(found) == word else { return false }
    position += found.count
    return true
  }

  private func expected(_ what: String) -> InputError {
    let rest = String(characters[position...].prefix { !$0.isWhitespace })
    let found = rest.isEmpty ? "the end" : "'\(rest)'"
    return InputError(
      place: "condition '\(text)'", "character \(position + 1) is \(found), expected \(what)")
  }
}
