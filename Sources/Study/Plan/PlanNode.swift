import Core
import Yams

/// A value in a study file that knows where it stands, so that errors can say it.
struct PlanNode {
  let node: Node
  let key: String
  let path: String

  /// The root of a file's text.
  init(parsing text: String, path: String) throws(InputError) {
    do {
      guard let root = try Yams.compose(yaml: text) else {
        throw InputError(path: path, "is empty; expected a study")
      }
      node = root
    } catch let error as InputError {
      throw error
    } catch {
      throw InputError(path: path, "is not YAML: \(Self.firstLines(of: "\(error)"))")
    }
    key = ""
    self.path = path
  }

  private init(node: Node, key: String, path: String) {
    self.node = node
    self.key = key
    self.path = path
  }

  /// An error about this value.
  func problem(_ message: String, hint: String? = nil) -> InputError {
    let line = node.mark.map { "line \($0.line)" }
    let name = key.isEmpty ? nil : "key '\(key)'"
    let place = [line, name].compactMap(\.self).joined(separator: ", ")
    return InputError(path: path, place: place.isEmpty ? nil : place, message, hint: hint)
  }

  /// Checks that a mapping has only known keys.
  func checkKeys(_ known: [String]) throws(InputError) {
    guard let mapping = node.mapping else { throw problem("expected keys and values") }
    for (name, _) in mapping {
      guard let text = name.scalar?.string, known.contains(text) else {
        let found = name.scalar?.string ?? "?"
        throw PlanNode(node: name, key: joined(found), path: path)
          .problem("is not known here; known are \(known.joined(separator: ", "))")
      }
    }
  }

  /// The value of a key; `nil` where the key is missing or empty.
  func child(_ name: String) -> PlanNode? {
    guard let value = node.mapping?[name], value.null == nil else { return nil }
    return PlanNode(node: value, key: joined(name), path: path)
  }

  /// The value of a key that must be there.
  func required(_ name: String) throws(InputError) -> PlanNode {
    guard let child = child(name) else { throw problem("needs the key '\(name)'") }
    return child
  }

  /// Whether the value is a list.
  var isList: Bool { node.sequence != nil }

  /// The elements of a list.
  func elements() throws(InputError) -> [PlanNode] {
    guard let sequence = node.sequence else { throw problem("expected a list") }
    return sequence.enumerated().map { index, element in
      PlanNode(node: element, key: "\(key)[\(index)]", path: path)
    }
  }

  /// A text that is not empty.
  func text() throws(InputError) -> String {
    guard let text = node.scalar?.string, !text.isEmpty else { throw problem("expected a text") }
    return text
  }

  /// One text or a list of texts.
  func texts() throws(InputError) -> [String] {
    guard isList else { return [try text()] }
    var texts: [String] = []
    for element in try elements() { texts.append(try element.text()) }
    return texts
  }

  /// A whole number not below a bound.
  func integer(atLeast bound: Int) throws(InputError) -> Int {
    guard let value = node.int, value >= bound else {
      throw problem(
        "'\(node.scalar?.string ?? "")' is not a whole number of at least \(bound)")
    }
    return value
  }

  /// `true` or `false`; `nil` for anything else.
  var truth: Bool? { node.bool }

  /// A number within bounds.
  func number(in bounds: ClosedRange<Double>) throws(InputError) -> Double {
    guard let value = node.float, bounds.contains(value) else {
      throw problem(
        "'\(node.scalar?.string ?? "")' is not a number from \(bounds.lowerBound) to "
          + "\(bounds.upperBound)")
    }
    return value
  }

  /// One number or a list of numbers within bounds.
  func numbers(in bounds: ClosedRange<Double>) throws(InputError) -> [Double] {
    guard isList else { return [try number(in: bounds)] }
    var numbers: [Double] = []
    for element in try elements() { numbers.append(try element.number(in: bounds)) }
    return numbers
  }

  /// One of the values that an enumeration has.
  func choice<Choice: RawRepresentable & CaseIterable>(
    _ type: Choice.Type
  ) throws(InputError) -> Choice where Choice.RawValue == String {
    let text = try text()
    guard let choice = Choice(rawValue: text) else {
      let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw problem("'\(text)' is not known here; expected one of \(known)")
    }
    return choice
  }

  /// One or several of the values that an enumeration has.
  func choices<Choice: RawRepresentable & CaseIterable>(
    _ type: Choice.Type
  ) throws(InputError) -> [Choice] where Choice.RawValue == String {
    guard isList else { return [try choice(type)] }
    var choices: [Choice] = []
    for element in try elements() { choices.append(try element.choice(type)) }
    return choices
  }

  /// A size in bytes, such as `512MB`.
  func byteCount() throws(InputError) -> Int {
    let text = try text()
    guard let count = QuantityText.byteCount(text), count > 0 else {
      throw problem("'\(text)' is not a size such as 512MB, 3GB or 2GiB")
    }
    return count
  }

  /// The texts of a mapping, by their keys.
  func textsByKey() throws(InputError) -> [String: String] {
    guard let mapping = node.mapping else { throw problem("expected keys and values") }
    var texts: [String: String] = [:]
    for name in mapping.keys {
      guard let name = name.scalar?.string else { throw problem("expected texts as keys") }
      texts[name] = try required(name).text()
    }
    return texts
  }

  private func joined(_ name: String) -> String { key.isEmpty ? name : "\(key).\(name)" }

  /// Yams describes an error on several lines, with a drawing of the place.
  private static func firstLines(of text: String) -> String {
    text.split(whereSeparator: \.isNewline).prefix(2).joined(separator: " ")
  }
}
