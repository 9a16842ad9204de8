import Core
import Foundation
import OrderedCollections

extension TemplateEvaluator {
  // MARK: Arithmetic

  func negative(_ value: JSONValue, at offset: Int) throws -> JSONValue {
    if case .number(let number) = value { return .number(-number) }
    return try arithmetic(.integer(0), .subtract, value, at: offset)
  }

  /// `left symbol right`, as Python computes it.
  func arithmetic(
    _ left: JSONValue, _ symbol: TemplateExpression.Arithmetic, _ right: JSONValue, at offset: Int
  ) throws -> JSONValue {
    if let a = left.pythonInteger, let b = right.pythonInteger {
      return try integerArithmetic(a, symbol, b, at: offset)
    }
    if let a = left.pythonNumber, let b = right.pythonNumber {
      return .number(try floatArithmetic(a, symbol, b, at: offset))
    }
    switch (left, symbol, right) {
    case (.string(let a), .add, .string(let b)):
      try checkLength(a.utf8.count + b.utf8.count, at: offset)
      return .string(a + b)
    case (.array(let a), .add, .array(let b)):
      try checkLength(a.count + b.count, at: offset)
      return .array(a + b)
    case (.string(let text), .multiply, _), (_, .multiply, .string(let text)):
      guard let count = left.pythonInteger ?? right.pythonInteger else { break }
      try checkLength(text.utf8.count, times: count, at: offset)
      return .string(String(repeating: text, count: max(0, count)))
    case (.array(let elements), .multiply, _), (_, .multiply, .array(let elements)):
      guard let count = left.pythonInteger ?? right.pythonInteger else { break }
      try checkLength(elements.count, times: count, at: offset)
      return .array(Array(repeating: elements, count: max(0, count)).flatMap(\.self))
    case (.string, .remainder, _):
      throw source.error(at: offset, "formatting with '%' is not supported", hint: "use '~'")
    default: break
    }
    throw source.error(
      at: offset,
      "'\(symbol.rawValue)' between \(left.pythonTypeName) and \(right.pythonTypeName)")
  }

  private func integerArithmetic(
    _ a: Int, _ symbol: TemplateExpression.Arithmetic, _ b: Int, at offset: Int
  ) throws -> JSONValue {
    let result: (partialValue: Int, overflow: Bool)
    switch symbol {
    case .add: result = a.addingReportingOverflow(b)
    case .subtract: result = a.subtractingReportingOverflow(b)
    case .multiply: result = a.multipliedReportingOverflow(by: b)
    case .divide:
      return .number(try floatArithmetic(Double(a), .divide, Double(b), at: offset))
    case .floorDivide:
      try checkDivisor(b == 0, at: offset)
      result = a.dividedReportingOverflow(by: b)
      if !result.overflow, a % b != 0, (a < 0) != (b < 0) {
        return .integer(result.partialValue - 1)
      }
    case .remainder:
      try checkDivisor(b == 0, at: offset)
      let rest = a.remainderReportingOverflow(dividingBy: b).partialValue
      return .integer(rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest)
    case .power:
      guard b >= 0 else {
        return .number(try floatArithmetic(Double(a), .power, Double(b), at: offset))
      }
      result = Self.power(a, b)
    }
    guard !result.overflow else { throw source.error(at: offset, "integer is too large") }
    return .integer(result.partialValue)
  }

  private static func power(_ base: Int, _ exponent: Int) -> (Int, Bool) {
    if exponent == 0 || base == 1 { return (1, false) }
    if base == 0 { return (0, false) }
    if base == -1 { return (exponent % 2 == 0 ? 1 : -1, false) }
    var result = 1
    for _ in 0..<exponent {
      let (product, overflow) = result.multipliedReportingOverflow(by: base)
      if overflow { return (0, true) }
      result = product
    }
    return (result, false)
  }

  private func floatArithmetic(
    _ a: Double, _ symbol: TemplateExpression.Arithmetic, _ b: Double, at offset: Int
  ) throws -> Double {
    switch symbol {
    case .add: return a + b
    case .subtract: return a - b
    case .multiply: return a * b
    case .divide:
      try checkDivisor(b == 0, at: offset)
      return a / b
    case .floorDivide:
      try checkDivisor(b == 0, at: offset)
      return (a / b).rounded(.down)
    case .remainder:
      try checkDivisor(b == 0, at: offset)
      let rest = fmod(a, b)
      return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest
    case .power:
      try checkDivisor(a == 0 && b < 0, at: offset)
      let result = pow(a, b)
      guard !result.isNaN else {
        throw source.error(at: offset, "power of a negative number to a fraction")
      }
      return result
    }
  }

  private func checkDivisor(_ isZero: Bool, at offset: Int) throws {
    if isZero { throw source.error(at: offset, "division by zero") }
  }

  private func checkLength(_ length: Int, times count: Int = 1, at offset: Int) throws {
    let (product, overflow) = length.multipliedReportingOverflow(by: max(0, count))
    guard !overflow, product <= Self.lengthLimit else {
      throw source.error(at: offset, "result is longer than \(Self.lengthLimit)")
    }
  }

  // MARK: Comparison

  /// `left < a < b …`: every neighbouring pair must hold, as in Python.
  mutating func comparison(
    _ left: TemplateExpression,
    _ others: [(relation: TemplateExpression.Comparison, right: TemplateExpression)]
  ) throws -> Bool {
    var previous = try evaluate(left)
    for other in others {
      let next = try evaluate(other.right)
      guard try compare(previous, other.relation, next, at: other.right.offset) else {
        return false
      }
      previous = next
    }
    return true
  }

  /// A comparison in which one side may not exist: that is unlike everything, and in nothing.
  private func compare(
    _ left: TemplateValue, _ relation: TemplateExpression.Comparison, _ right: TemplateValue,
    at offset: Int
  ) throws -> Bool {
    let isLeftMissing = if case .undefined = left { true } else { false }
    let isRightMissing = if case .undefined = right { true } else { false }
    guard isLenient, isLeftMissing || isRightMissing else {
      return try compare(
        data(left, at: offset), relation, data(right, at: offset), at: offset)
    }
    switch relation {
    case .equal: return isLeftMissing && isRightMissing
    case .notEqual: return !(isLeftMissing && isRightMissing)
    case .isIn: return false
    case .isNotIn: return true
    case .less, .lessOrEqual, .greater, .greaterOrEqual:
      return try compare(
        data(left, at: offset), relation, data(right, at: offset), at: offset)
    }
  }

  private func compare(
    _ left: JSONValue, _ symbol: TemplateExpression.Comparison, _ right: JSONValue, at offset: Int
  ) throws -> Bool {
    switch symbol {
    case .equal: return PythonText.equal(left, right)
    case .notEqual: return !PythonText.equal(left, right)
    case .isIn: return try contains(right, left, at: offset)
    case .isNotIn: return try !contains(right, left, at: offset)
    case .less: return try precedes(left, right, at: offset)
    case .greater: return try precedes(right, left, at: offset)
    case .lessOrEqual: return try PythonText.equal(left, right) || precedes(left, right, at: offset)
    case .greaterOrEqual:
      return try PythonText.equal(left, right) || precedes(right, left, at: offset)
    }
  }

  /// Whether a container holds a value.
  func contains(_ container: JSONValue, _ value: JSONValue, at offset: Int) throws -> Bool {
    switch (container, value) {
    case (.array(let elements), _):
      return elements.contains { PythonText.equal($0, value) }
    case (.string(let text), .string(let part)):
      let whole = PythonString.scalars(text)
      return PythonString.find(PythonString.scalars(part), in: whole) != nil
    case (.object(let members), .string(let key)): return members[key] != nil
    case (.object, _): return false
    default:
      throw source.error(
        at: offset, "'in' between \(value.pythonTypeName) and \(container.pythonTypeName)")
    }
  }

  private func precedes(_ left: JSONValue, _ right: JSONValue, at offset: Int) throws -> Bool {
    if let a = left.pythonInteger, let b = right.pythonInteger { return a < b }
    if let a = left.pythonNumber, let b = right.pythonNumber { return a < b }
    switch (left, right) {
    case (.string(let a), .string(let b)):
      return a.unicodeScalars.lexicographicallyPrecedes(b.unicodeScalars)
    case (.array(let a), .array(let b)):
      for (x, y) in zip(a, b) where !PythonText.equal(x, y) {
        return try precedes(x, y, at: offset)
      }
      return a.count < b.count
    default:
      throw source.error(
        at: offset, "\(left.pythonTypeName) and \(right.pythonTypeName) have no order")
    }
  }
}
