import Core
import Inference
import Templates

/// Writes the requests of a task's items: description, solved examples, the item's text.
struct PromptWriter {
  private let task: EvalTask
  private let shotCount: Int
  private var sampler: ShotSampler
  /// Whether the choices are contexts and the target is what follows each of them.
  ///
  /// lm-eval takes the first item's word for all.
  private let choicesAreContexts: Bool

  /// Creates a writer that is at the task's first item.
  init(_ task: EvalTask, shotCount: Int) throws {
    self.task = task
    self.shotCount = shotCount
    sampler = ShotSampler(task)
    choicesAreContexts =
      try task.rows.first.map { try task.itemSources.text($0).string == nil } ?? false
  }

  /// The next item.
  ///
  /// Items must be asked for in order, since each uses up random numbers.
  mutating func item(at index: Int) throws -> PreparedItem {
    let row = task.rows[index]
    let shots = try sampler.shots(shotCount, for: row)
    let prefix = try description(row) + shots.map { try shot($0) }.joined()
    let text = try task.itemSources.text(row)
    let choices = try task.itemSources.choices(row)
    let target = try task.itemSources.target(row)
    let delimiter = task.configuration.targetDelimiter
    let requests: [TextRequest]
    if choicesAreContexts {
      let continuation = delimiter + PythonText.str(target)
      requests = choices.map { TextRequest(context: prefix + $0, continuation: continuation) }
    } else {
      guard let text = text.string else { throw unexpectedNumber(text, row) }
      requests = choices.map {
        TextRequest(context: prefix + text, continuation: delimiter + $0)
      }
    }
    let printed = PythonText.str(target)
    return PreparedItem(
      index: index, row: row, requests: requests,
      choiceLengths: choices.map { $0.unicodeScalars.count },
      gold: try gold(choicesAreContexts ? text : target, choices, row), target: printed,
      hashes: ItemHashes(row: row, prompt: requests[0].context, target: printed))
  }

  private func description(_ row: DataSplit.Row) throws -> String {
    guard let description = task.description else { return "" }
    do {
      return PythonText.str(try description.value(row, prints: true))
    } catch let error as InputError {
      let place = error.place.map { "\($0): " } ?? ""
      throw row.error("key 'description': \(place)\(error.message)")
    }
  }

  // MARK: Solved examples

  private func shot(_ row: DataSplit.Row) throws -> String {
    let configuration = task.configuration.shots
    let text = try question(row)
    let answer = try answer(row)
    // An example without an answer gets no delimiters either.
    guard !answer.isEmpty else { return text }
    return text + configuration.targetDelimiter + answer + configuration.shotDelimiter
  }

  private func question(_ row: DataSplit.Row) throws -> String {
    let text = try task.shotSources.text(row)
    if choicesAreContexts {
      let index = try choiceIndex(text, row)
      return try choice(index, of: task.shotSources.choices(row), row)
    }
    guard let text = text.string else { throw unexpectedNumber(text, row) }
    return text
  }

  private func answer(_ row: DataSplit.Row) throws -> String {
    let target = try task.shotSources.target(row)
    switch target {
    case .string(let text): return text
    case .array(let list):
      guard let text = list.first?.string else {
        throw row.error("an example needs the text of its answer, found a list of indices")
      }
      return text
    default:
      guard !choicesAreContexts else {
        throw row.error("an example needs the text of its answer, found a number")
      }
      return try choice(choiceIndex(target, row), of: task.shotSources.choices(row), row)
    }
  }

  // MARK: Right answers

  /// The indices of the right choices.
  private func gold(
    _ target: JSONValue, _ choices: [String], _ row: DataSplit.Row
  ) throws -> [Int] {
    switch target {
    case .string(let text):
      guard let index = choices.firstIndex(where: { PythonText.equal($0, text) }) else {
        throw row.error("the answer \(PythonText.repr(text)) is not among the choices")
      }
      return [index]
    case .array(let list):
      guard !list.isEmpty else { throw row.error("there is no right answer") }
      return try list.map { try checked(choiceIndex($0, row), choices, row) }
    default: return [try checked(choiceIndex(target, row), choices, row)]
    }
  }

  private func choiceIndex(_ value: JSONValue, _ row: DataSplit.Row) throws -> Int {
    switch value {
    case .integer(let index): return index
    case .bool(let isSecond): return isSecond ? 1 : 0
    default:
      throw row.error("the right answer is \(value.kind.rawValue), expected the index of a choice")
    }
  }

  private func checked(_ index: Int, _ choices: [String], _ row: DataSplit.Row) throws -> Int {
    guard choices.indices.contains(index) else {
      throw row.error(
        "the right answer is choice \(index), but there are \(choices.count), counted from 0")
    }
    return index
  }

  private func choice(
    _ index: Int, of choices: [String], _ row: DataSplit.Row
  ) throws -> String {
    choices[try checked(index, choices, row)]
  }

  private func unexpectedNumber(_ value: JSONValue, _ row: DataSplit.Row) -> InputError {
    row.error(
      "'doc_to_text' gives the number \(PythonText.str(value)), expected text as for the first row")
  }
}
