import Core

/// Cuts a template into tokens.
struct TemplateLexer {
  private let source: TemplateSource
  private var position = 0
  private var tokens: [TemplateToken] = []
  /// Whether white space at the start of the next text goes, because of a `-` before it.
  private var stripsNextText = false
  /// Whether a line end at the start of the next text goes, because of a tag before it.
  private var dropsNextLineEnd = false
  /// Whether nothing stands before the next text in its line.
  private var isAtLineStart = true

  private init(_ source: TemplateSource) { self.source = source }

  /// The tokens of a template, ``TemplateToken/Kind/end`` last.
  static func tokens(of source: TemplateSource) throws -> [TemplateToken] {
    var lexer = TemplateLexer(source)
    while lexer.position < lexer.source.bytes.count { try lexer.readPiece() }
    lexer.tokens.append(TemplateToken(kind: .end, offset: lexer.position))
    return lexer.tokens
  }

  private func byte(_ ahead: Int = 0) -> UInt8? {
    position + ahead < source.bytes.count ? source.bytes[position + ahead] : nil
  }

  private func stands(_ text: StaticString, at ahead: Int = 0) -> Bool {
    text.description.utf8.enumerated().allSatisfy { byte(ahead + $0.offset) == $0.element }
  }

  // MARK: Text and delimiters

  private mutating func readPiece() throws {
    let start = position
    while position < source.bytes.count, !stands("{{"), !stands("{%"), !stands("{#") {
      position += 1
    }
    let stripsEnd = byte(2) == UInt8(ascii: "-")
    let isIndented =
      source.dialect == .chat && byte(2) != UInt8(ascii: "+") && (stands("{%") || stands("{#"))
    appendText(start..<position, stripsEnd: stripsEnd, dropsIndent: isIndented)
    guard byte() != nil else { return }
    let opening = position
    let isOutput = stands("{{")
    let isComment = stands("{#")
    position += stripsEnd || byte(2) == UInt8(ascii: "+") ? 3 : 2
    if isComment { return try skipComment(from: opening) }
    tokens.append(TemplateToken(kind: isOutput ? .beginOutput : .beginTag, offset: opening))
    try readExpression(from: opening, end: isOutput ? "}}" : "%}")
    tokens.append(TemplateToken(kind: isOutput ? .endOutput : .endTag, offset: position - 2))
  }

  private mutating func appendText(_ range: Range<Int>, stripsEnd: Bool, dropsIndent: Bool) {
    var range = range
    if dropsNextLineEnd, !range.isEmpty, source.bytes[range.lowerBound] == 0x0a {
      range = range.lowerBound + 1..<range.upperBound
      isAtLineStart = true
    }
    if dropsIndent { range = range.lowerBound..<indentStart(of: range) }
    dropsNextLineEnd = false
    isAtLineStart = false
    var text = String(decoding: source.bytes[range], as: UTF8.self)
    if stripsNextText { text = PythonString.strip(text, .leading) }
    if stripsEnd { text = PythonString.strip(text, .trailing) }
    stripsNextText = false
    if !text.isEmpty { tokens.append(TemplateToken(kind: .text(text), offset: range.lowerBound)) }
  }

  /// Where the white space begins that alone stands before a tag in its line, else the text's end.
  private func indentStart(of range: Range<Int>) -> Int {
    var start = range.upperBound
    while start > range.lowerBound, source.bytes[start - 1] != 0x0a {
      let byte = source.bytes[start - 1]
      guard byte == 0x20 || byte == 0x09 || byte == 0x0b || byte == 0x0c else {
        return range.upperBound
      }
      start -= 1
    }
    return start > range.lowerBound || isAtLineStart ? start : range.upperBound
  }

  private mutating func skipComment(from opening: Int) throws {
    while !stands("#}") {
      guard byte() != nil else { throw source.error(at: opening, "comment '{#' without '#}'") }
      position += 1
    }
    let sign = source.bytes[position - 1]
    stripsNextText = sign == UInt8(ascii: "-")
    dropsNextLineEnd = source.dialect == .chat && sign != UInt8(ascii: "+")
    position += 2
  }

  private mutating func readExpression(from opening: Int, end: StaticString) throws {
    var open: [UInt8] = []
    while true {
      while let byte = byte(), byte == 0x20 || (0x09...0x0d).contains(byte) { position += 1 }
      guard let next = byte() else {
        throw source.error(
          at: opening,
          "'\(String(decoding: source.bytes[opening..<(opening + 2)], as: UTF8.self))' "
            + "without '\(end)'")
      }
      if open.isEmpty {
        let sign = next == UInt8(ascii: "-") || next == UInt8(ascii: "+")
        if stands(end, at: sign ? 1 : 0) {
          stripsNextText = next == UInt8(ascii: "-")
          dropsNextLineEnd =
            source.dialect == .chat && end.description == "%}" && next != UInt8(ascii: "+")
          position += sign ? 3 : 2
          return
        }
      }
      try readToken(next, open: &open)
    }
  }

  // MARK: Inside an expression

  private mutating func readToken(_ next: UInt8, open: inout [UInt8]) throws {
    let start = position
    let kind: TemplateToken.Kind
    if Self.isNameStart(next) {
      while let byte = byte(), Self.isNameStart(byte) || Self.isDigit(byte) { position += 1 }
      kind = .name(text(from: start))
    } else if Self.isDigit(next) {
      kind = try readNumber()
    } else if next == UInt8(ascii: "'") || next == UInt8(ascii: "\"") {
      kind = try readString(quote: next)
    } else {
      kind = .symbol(try readSymbol(open: &open))
    }
    tokens.append(TemplateToken(kind: kind, offset: start))
  }

  private func text(from start: Int) -> String {
    String(decoding: source.bytes[start..<position], as: UTF8.self)
  }

  private mutating func readNumber() throws -> TemplateToken.Kind {
    let start = position
    skipDigits()
    var isFloat = false
    // After a dot, digits are the index of an element: `rows.0.1`.
    let followsDot = tokens.last?.kind == .symbol(".")
    if !followsDot, byte() == UInt8(ascii: "."), byte(1).map(Self.isDigit) ?? false {
      isFloat = true
      position += 1
      skipDigits()
    }
    if !followsDot, byte() == UInt8(ascii: "e") || byte() == UInt8(ascii: "E") {
      let signed = byte(1) == UInt8(ascii: "-") || byte(1) == UInt8(ascii: "+")
      if byte(signed ? 2 : 1).map(Self.isDigit) ?? false {
        isFloat = true
        position += signed ? 2 : 1
        skipDigits()
      }
    }
    let digits = text(from: start).filter { $0 != "_" }
    if isFloat, let value = Double(digits) { return .float(value) }
    guard !isFloat, let value = Int(digits) else {
      throw source.error(at: start, "number '\(digits)' is too large")
    }
    return .integer(value)
  }

  private mutating func skipDigits() {
    while let byte = byte(), Self.isDigit(byte) || byte == UInt8(ascii: "_") { position += 1 }
  }

  private mutating func readString(quote: UInt8) throws -> TemplateToken.Kind {
    let start = position
    position += 1
    while let byte = byte(), byte != quote {
      position += byte == UInt8(ascii: "\\") ? 2 : 1
    }
    guard byte() == quote else { throw source.error(at: start, "string without an end") }
    let body = source.bytes[(start + 1)..<position]
    position += 1
    guard let text = PythonEscapes.decode(body) else {
      throw source.error(at: start, "broken escape in a string")
    }
    return .string(text)
  }

  private mutating func readSymbol(open: inout [UInt8]) throws -> String {
    for symbol in ["**", "//", "==", "!=", "<=", ">="] as [StaticString] where stands(symbol) {
      position += 2
      return symbol.description
    }
    guard let byte = byte(), "+-*/%~()[]{}.,:|=<>".utf8.contains(byte) else {
      throw source.error(at: position, "unexpected character \(currentCharacter)")
    }
    switch byte {
    case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): open.append(byte)
    case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"): _ = open.popLast()
    default: break
    }
    position += 1
    return String(decoding: [byte], as: UTF8.self)
  }

  private var currentCharacter: String {
    let rest = String(decoding: source.bytes[position...].prefix(16), as: UTF8.self)
    return rest.first.map { PythonText.repr(String($0)) } ?? ""
  }

  private static func isNameStart(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) && byte < 0x80
      || byte == UInt8(ascii: "_") || byte >= 0x80
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
