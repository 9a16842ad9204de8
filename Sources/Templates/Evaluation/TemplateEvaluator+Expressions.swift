import Core
import OrderedCollections

extension TemplateEvaluator {
  /// The value of an expression.
  mutating func evaluate(_ expression: TemplateExpression) throws -> TemplateValue {
    let offset = expression.offset
    switch expression.kind {
    case .literal(let value): return .data(value)
    case .name(let name): return value(of: name)
    case .list(let elements): return .data(.array(try elements.map { try data($0) }))
    case .tuple(let elements): return .tuple(try elements.map { try data($0) })
    case .dictionary(let members): return .data(.object(try dictionary(members)))
    case .attribute(let base, let name):
      return try attribute(name, of: data(base), at: offset)
    case .item(let base, let index):
      return try item(data(index), of: data(base), at: offset)
    case .slice(let base, let bounds):
      return .data(try slice(data(base), bounds, at: offset))
    case .call(let callee, let arguments):
      return try call(callee, arguments, at: offset)
    case .filter(let base, let name, let arguments):
      return try filter(name, evaluate(base), arguments, at: offset)
    case .test(let base, let name, let arguments, let isNegated):
      let holds = try test(name, evaluate(base), arguments, at: offset)
      return .data(.bool(holds != isNegated))
    case .negative(let operand): return .data(try negative(data(operand), at: offset))
    case .positive(let operand):
      return .data(try arithmetic(.integer(0), .add, data(operand), at: offset))
    case .not(let operand): return .data(.bool(try !isTrue(operand)))
    case .and(let left, let right):
      let value = try evaluate(left)
      return try isTrue(value, at: left.offset) ? try evaluate(right) : value
    case .or(let left, let right):
      let value = try evaluate(left)
      return try isTrue(value, at: left.offset) ? value : try evaluate(right)
    case .arithmetic(let left, let symbol, let right):
      return .data(try arithmetic(data(left), symbol, data(right), at: offset))
    case .concatenation(let parts):
      return .data(.string(try parts.map { PythonText.str(try data($0)) }.joined()))
    case .comparison(let left, let others): return .data(.bool(try comparison(left, others)))
    case .conditional(let value, let condition, let otherwise):
      if try isTrue(condition) { return try evaluate(value) }
      // Without 'else' Jinja gives its lenient undefined, which prints as nothing and is false.
      guard let otherwise else { return .data("") }
      return try evaluate(otherwise)
    }
  }

  private mutating func dictionary(
    _ members: [(key: TemplateExpression, value: TemplateExpression)]
  ) throws -> OrderedDictionary<String, JSONValue> {
    var result: OrderedDictionary<String, JSONValue> = [:]
    for member in members {
      guard case .string(let key) = try data(member.key) else {
        throw source.error(
          at: member.key.offset, "dictionary keys other than strings are not supported")
      }
      result[key] = try data(member.value)
    }
    return result
  }

  // MARK: Attributes, items, slices

  /// `base.name`: a dictionary's member.
  private func attribute(
    _ name: String, of base: JSONValue, at offset: Int
  ) throws -> TemplateValue {
    if Self.isMethod(name, of: base) {
      throw source.error(
        at: offset, "'\(name)' is a method of \(base.pythonTypeName) and is not called",
        hint: "write ['\(name)'] for a field of that name")
    }
    if let member = base.object?[name] { return .data(member) }
    return .undefined("\(base.pythonTypeName) has no field '\(name)'")
  }

  /// `base[index]`: a dictionary's member, an element, a character.
  func item(_ index: JSONValue, of base: JSONValue, at offset: Int) throws -> TemplateValue {
    switch (base, index) {
    case (.object(let members), .string(let key)):
      return members[key].map { .data($0) } ?? .undefined("a dictionary has no field '\(key)'")
    case (.array(let elements), _):
      guard let position = index.pythonInteger else { break }
      return Self.element(position, count: elements.count) { .data(elements[$0]) }
    case (.string(let text), _):
      guard let position = index.pythonInteger else { break }
      let scalars = PythonString.scalars(text)
      return Self.element(position, count: scalars.count) { .data(.string(String(scalars[$0]))) }
    default: break
    }
    return .undefined(
      "\(base.pythonTypeName) has no element \(PythonText.repr(index))")
  }

  /// The element at a position, negative from the end.
  private static func element(
    _ position: Int, count: Int, _ value: (Int) -> TemplateValue
  ) -> TemplateValue {
    let index = position < 0 ? count + position : position
    guard (0..<count).contains(index) else {
      return .undefined("there is no element \(position) among \(count)")
    }
    return value(index)
  }

  private mutating func slice(
    _ base: JSONValue, _ bounds: [TemplateExpression?], at offset: Int
  ) throws -> JSONValue {
    let numbers = try bounds.map { bound -> Int? in
      guard let bound else { return nil }
      let value = try data(bound)
      if case .null = value { return nil }
      guard let number = value.pythonInteger else {
        throw source.error(at: bound.offset, "slice bound is \(value.pythonTypeName)")
      }
      return number
    }
    let step = numbers.count > 2 ? numbers[2] ?? 1 : 1
    guard step != 0 else { throw source.error(at: offset, "slice with step 0") }
    switch base {
    case .array(let elements):
      return .array(
        Self.indices(numbers[0], numbers[1], step, count: elements.count).map { elements[$0] })
    case .string(let text):
      let scalars = PythonString.scalars(text)
      return .string(
        PythonString.string(
          Self.indices(numbers[0], numbers[1], step, count: scalars.count).map { scalars[$0] }))
    default: throw source.error(at: offset, "\(base.pythonTypeName) cannot be sliced")
    }
  }

  /// The positions that Python's slice takes.
  private static func indices(
    _ start: Int?, _ stop: Int?, _ step: Int, count: Int
  ) -> StrideTo<Int> {
    let (lowest, highest) = step > 0 ? (0, count) : (-1, count - 1)
    func clamped(_ bound: Int?, _ missing: Int) -> Int {
      guard let bound else { return missing }
      return min(max(bound < 0 ? max(bound, -count - 1) + count : bound, lowest), highest)
    }
    let (first, last) = step > 0 ? (0, count) : (count - 1, -1)
    return stride(
      from: clamped(start, first), to: clamped(stop, last),
      by: step > 0 ? min(step, count + 1) : max(step, -count - 1))
  }
}
