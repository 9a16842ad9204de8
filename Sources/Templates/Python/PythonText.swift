public import Core
import OrderedCollections

/// Values as Python's `str` and `repr` print them, and compared as Python's `==` compares them.
///
/// Templates were written for a Python program, so what they print must look as it does there:
/// `True`, `None`, `1.0`, `['a', "it's"]`. JSON values stand for Python's: null for `None`, an array
/// for a list, an object for a dictionary.
public enum PythonText {
  /// A value as `str` prints it: a string bare, everything else as ``repr(_:)``.
  public static func str(_ value: JSONValue) -> String {
    if case .string(let text) = value { return text }
    return repr(value)
  }

  /// A value as `repr` prints it.
  public static func repr(_ value: JSONValue) -> String {
    switch value {
    case .null: "None"
    case .bool(let value): value ? "True" : "False"
    case .integer(let value): String(value)
    case .number(let value): repr(value)
    case .string(let text): repr(text)
    case .array(let elements): "[\(elements.map(repr).joined(separator: ", "))]"
    case .object(let members):
      "{\(members.map { "\(repr($0.key)): \(repr($0.value))" }.joined(separator: ", "))}"
    }
  }

  /// A number as `repr` prints it, such as `1.0`, `1e-05` or `inf`.
  public static func repr(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    return value.pythonDescription ?? (value < 0 ? "-inf" : "inf")
  }

  /// A string as `repr` prints it: in single quotes unless it holds some and no double quote,
  /// with escapes for what Python does not call printable.
  public static func repr(_ text: String) -> String {
    let scalars = text.unicodeScalars
    let quote: Unicode.Scalar = scalars.contains("'") && !scalars.contains("\"") ? "\"" : "'"
    var result = String.UnicodeScalarView([quote])
    for scalar in scalars {
      switch scalar {
      case "\\", quote: result.append(contentsOf: ["\\", scalar])
      case "\n": result.append(contentsOf: "\\n".unicodeScalars)
      case "\r": result.append(contentsOf: "\\r".unicodeScalars)
      case "\t": result.append(contentsOf: "\\t".unicodeScalars)
      case _ where isPrintable(scalar): result.append(scalar)
      default: result.append(contentsOf: escape(scalar).unicodeScalars)
      }
    }
    result.append(quote)
    return String(result)
  }

  /// Whether two values are equal in Python: `1 == 1.0 == True`, strings by their code points,
  /// objects whatever the order of their keys.
  public static func equal(_ left: JSONValue, _ right: JSONValue) -> Bool {
    if case .integer(let a) = left, case .integer(let b) = right { return a == b }
    if let a = left.pythonNumber, let b = right.pythonNumber { return a == b }
    switch (left, right) {
    case (.null, .null): return true
    case (.string(let a), .string(let b)): return equal(a, b)
    case (.array(let a), .array(let b)): return a.elementsEqual(b, by: equal)
    case (.object(let a), .object(let b)):
      return a.count == b.count
        && a.allSatisfy { member in b[member.key].map { equal(member.value, $0) } ?? false }
    default: return false
    }
  }

  /// Whether two strings have the same code points.
  ///
  /// Swift's `==` also holds for two spellings of one accented letter, which a model reads as
  /// different bytes.
  public static func equal(_ left: String, _ right: String) -> Bool {
    left.utf8.elementsEqual(right.utf8)
  }

  /// Whether Python's `str.isspace` holds for a code point.
  public static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace || (0x1c...0x1f).contains(scalar.value)
  }

  /// A text without the white space around it (`str.strip`).
  public static func strip(_ text: String) -> String { PythonString.strip(text) }

  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator:
      false
    case .spaceSeparator: scalar == " "
    default: true
    }
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16)
    let (letter, width) =
      scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
    return "\\\(letter)\(String(repeating: "0", count: width - digits.count))\(digits)"
  }
}

extension JSONValue {
  /// The number that the value is in Python, where booleans are 0 and 1.
  var pythonNumber: Double? {
    if case .bool(let value) = self { return value ? 1 : 0 }
    return double
  }

  /// The integer that the value is in Python, where booleans are 0 and 1.
  var pythonInteger: Int? {
    if case .bool(let value) = self { return value ? 1 : 0 }
    return int
  }

  /// Whether Python takes the value for true.
  var pythonTruth: Bool {
    switch self {
    case .null: false
    case .bool(let value): value
    case .integer(let value): value != 0
    case .number(let value): value != 0
    case .string(let text): !text.isEmpty
    case .array(let elements): !elements.isEmpty
    case .object(let members): !members.isEmpty
    }
  }

  /// The name of the value's type in Python, for messages.
  var pythonTypeName: String {
    switch self {
    case .null: "None"
    case .bool: "a boolean"
    case .integer: "an integer"
    case .number: "a float"
    case .string: "a string"
    case .array: "a list"
    case .object: "a dictionary"
    }
  }
}
