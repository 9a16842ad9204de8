import Core

/// The evaluated arguments of one call, with the checks that Python makes.
struct TemplateCallArguments {
  /// The function, method, filter or test, as a message names it.
  let callee: String
  private let positional: [JSONValue]
  private let named: [(name: String, value: JSONValue)]
  private let fail: (String) -> InputError

  init(
    callee: String, positional: [JSONValue], named: [(name: String, value: JSONValue)],
    fail: @escaping (String) -> InputError
  ) {
    self.callee = callee
    self.positional = positional
    self.named = named
    self.fail = fail
  }

  /// All arguments by the names of the parameters they are for.
  private func bound(to parameters: [String]) throws -> [String: JSONValue] {
    guard positional.count <= parameters.count else {
      throw error("takes at most \(parameters.count) arguments, not \(positional.count)")
    }
    var result = Dictionary(uniqueKeysWithValues: zip(parameters, positional))
    for argument in named {
      guard parameters.contains(argument.name), result[argument.name] == nil else {
        throw error("argument '\(argument.name)' is not supported")
      }
      result[argument.name] = argument.value
    }
    return result
  }

  /// Checks that there are no arguments.
  func checkNone() throws { _ = try bound(to: []) }

  /// The arguments in the order of the parameters; `nil` for those not given.
  func values(_ parameters: [String]) throws -> [JSONValue?] {
    let result = try bound(to: parameters)
    return parameters.map { result[$0] }
  }

  /// The only argument, which must be there.
  func value(_ parameter: String) throws -> JSONValue {
    guard let value = try values([parameter])[0] else {
      throw error("needs the argument '\(parameter)'")
    }
    return value
  }

  /// A string, or `nil` where none or `None` is given.
  func string(_ value: JSONValue?) throws -> String? {
    switch value {
    case .none, .null: return nil
    case .string(let text): return text
    case .some(let other): throw error("needs a string, not \(other.pythonTypeName)")
    }
  }

  /// A string that must be given.
  func requiredString(_ value: JSONValue?) throws -> String {
    guard let text = try string(value) else { throw error("needs a string") }
    return text
  }

  /// An integer, or `nil` where none or `None` is given.
  func integer(_ value: JSONValue?) throws -> Int? {
    switch value {
    case .none, .null: return nil
    case .some(let value):
      guard let number = value.pythonInteger else {
        throw error("needs an integer, not \(value.pythonTypeName)")
      }
      return number
    }
  }

  /// An error about the call.
  func error(_ message: String) -> InputError { fail("\(callee) \(message)") }
}
