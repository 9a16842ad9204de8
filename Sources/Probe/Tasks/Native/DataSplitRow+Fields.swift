import Core
import Inference
import OrderedCollections

extension DataSplit.Row {
  /// The value of a field, which must exist.
  func value(_ field: String) throws -> JSONValue {
    guard let value = fields[field] else { throw error("there is no field '\(field)'") }
    return value
  }

  /// The text of a field.
  func text(_ field: String) throws -> String {
    let value = try value(field)
    guard let text = value.string else {
      throw error("field '\(field)' is \(value.kind.rawValue), expected text")
    }
    return text
  }

  /// The texts of a field that holds a list.
  func texts(_ field: String) throws -> [String] {
    let value = try value(field)
    guard let list = value.array else {
      throw error("field '\(field)' is \(value.kind.rawValue), expected a list of texts")
    }
    return try list.enumerated().map { index, element in
      guard let text = element.string else {
        throw error(
          "field '\(field)' holds \(element.kind.rawValue) at place \(index), expected text")
      }
      return text
    }
  }

  /// The whole number of a field, which may be written as text.
  func integer(_ field: String) throws -> Int {
    let value = try value(field)
    if let number = value.int ?? value.string.flatMap({ Int($0) }) { return number }
    throw error("field '\(field)' is \(value.serialized()), expected a whole number")
  }

  /// The place of a field's text among the words that it may be.
  func place(_ field: String, among words: [String]) throws -> Int {
    let text = try text(field)
    guard let place = words.firstIndex(of: text) else {
      let expected = words.map { "'\($0)'" }.joined(separator: ", ")
      throw error("field '\(field)' is '\(text)', expected one of \(expected)")
    }
    return place
  }

  /// The row with some fields set: those that it has stay in their place, new ones follow.
  func setting(_ values: OrderedDictionary<String, JSONValue>) -> DataSplit.Row {
    var row = self
    row.fields.merge(values) { _, new in new }
    return row
  }

  /// The log-likelihoods of the row's answers, of which there must be some number.
  func logLikelihoods(_ answers: [ItemAnswer], count: Int? = nil) throws -> [Double] {
    let values = answers.compactMap { answer -> Double? in
      guard case .logLikelihood(let value) = answer else { return nil }
      return value.value
    }
    guard values.count == answers.count, count ?? values.count == values.count else {
      throw error(
        "found \(values.count) log-likelihoods among \(answers.count) answers, expected "
          + "\(count ?? answers.count)")
    }
    return values
  }
}
