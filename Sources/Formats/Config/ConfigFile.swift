import Core

/// A `config.json`, or an object inside it.
struct ConfigFile: ConfigKeys {
  let path: String
  let document: JSONValue

  /// Reads a file.
  init(path: String) throws(CheckpointError) {
    self.path = path
    let bytes = try MappedFile.checkedContents(ofFile: path)
    do { document = try JSONValue(parsing: bytes) } catch {
      throw CheckpointError(error, path: path)
    }
  }

  init(path: String, document: JSONValue) {
    self.path = path
    self.document = document
  }

  /// Which model it describes, such as `llama`.
  var architecture: String? {
    if let type = document["model_type"]?.string { return type }
    return document["architectures"]?[0]?.string == "LlamaForCausalLM" ? "llama" : nil
  }

  /// A value; `nil` for `null` too.
  private func value(_ key: String) -> JSONValue? {
    guard let value = document[key], value != .null else { return nil }
    return value
  }

  func holds(_ key: String) -> Bool { document[key] != nil }

  func integer(_ key: String) throws(CheckpointError) -> Int? {
    guard let value = value(key) else { return nil }
    guard let integer = value.int else { throw wrong(key, value, expected: "an integer") }
    return integer
  }

  func number(_ key: String) throws(CheckpointError) -> Double? {
    guard let value = value(key) else { return nil }
    guard let number = value.double else { throw wrong(key, value, expected: "a number") }
    return number
  }

  func string(_ key: String) throws(CheckpointError) -> String? {
    guard let value = value(key) else { return nil }
    guard let string = value.string else { throw wrong(key, value, expected: "a string") }
    return string
  }

  func bool(_ key: String) throws(CheckpointError) -> Bool? {
    guard let value = value(key) else { return nil }
    guard let bool = value.bool else { throw wrong(key, value, expected: "true or false") }
    return bool
  }

  /// A list of texts.
  func strings(_ key: String) throws(CheckpointError) -> [String]? {
    guard let value = value(key) else { return nil }
    guard let strings = value.array?.map(\.string), !strings.contains(nil) else {
      throw wrong(key, value, expected: "a list of strings")
    }
    return strings.compactMap(\.self)
  }

  /// A list of numbers.
  func numbers(_ key: String) throws(CheckpointError) -> [Double]? {
    guard let value = value(key) else { return nil }
    guard let numbers = value.array?.map(\.double), !numbers.contains(nil) else {
      throw wrong(key, value, expected: "a list of numbers")
    }
    return numbers.compactMap(\.self)
  }

  /// An object inside the document.
  func object(_ key: String) throws(CheckpointError) -> ConfigFile? {
    guard let value = value(key) else { return nil }
    guard value.object != nil else { throw wrong(key, value, expected: "an object") }
    return ConfigFile(path: path, document: value)
  }

  /// One token, or several.
  func tokens(_ key: String) throws(CheckpointError) -> [Int] {
    guard let value = value(key) else { return [] }
    var tokens: [Int] = []
    for element in value.array ?? [value] {
      guard let token = element.int, ConfigBounds.token.contains(token) else {
        throw wrong(key, value, expected: "token ids")
      }
      tokens.append(token)
    }
    return tokens
  }

  func error(_ problem: CheckpointError.Problem, key: String) -> CheckpointError {
    CheckpointError(problem, path: path)
  }

  /// An error for a value other than the one that is understood.
  func require(_ key: String, _ expected: JSONValue) throws(CheckpointError) {
    guard let value = value(key), value != expected else { return }
    throw wrong(key, value, expected: expected.serialized())
  }

  private func wrong(_ key: String, _ value: JSONValue, expected: String) -> CheckpointError {
    let text = value.serialized()
    let shown = text.count > 40 ? "\(text.prefix(40))…" : text
    return invalid(key, shown, expected: expected)
  }
}
