import Core
import Inference
import Templates

/// Writes the requests of a task's items: description, solved examples, the item's text.
struct PromptWriter {
  private let task: EvalTask
  private let shotCount: Int
  private let options: EvaluationOptions
  private var sampler: ShotSampler
  /// Whether the choices are contexts and the target is what follows each of them.
  ///
  /// lm-eval takes the first item's word for all.
  private let choicesAreContexts: Bool

  /// Creates a writer that is at the task's first item.
  ///
  /// - Parameters:
  ///   - task: The task.
  ///   - shotCount: How many solved examples stand before an item.
  ///   - options: How prompts are written.
  ///   - random: Where draws of examples start; `nil` for lm-eval's seed.
  /// - Throws: `InputError` if there is nothing to draw examples from.
  init(
    _ task: EvalTask, shotCount: Int, options: EvaluationOptions = EvaluationOptions(),
    random: PythonRandom? = nil
  ) throws {
    self.task = task
    // A whole text that is scored has no prompt.
    self.shotCount = task.configuration.outputType == .rolling ? 0 : shotCount
    self.options = options
    sampler = try ShotSampler(
      task, options.rules, isNeeded: self.shotCount > 0, random: random)
    choicesAreContexts =
      try task.itemSources.hasChoices
      && (task.rows.first.map { try task.itemSources.text($0).string == nil } ?? false)
  }

  private var configuration: TaskConfiguration { task.configuration }

  /// Uses up an item's random numbers without writing it.
  mutating func skip(_ index: Int) throws {
    _ = try sampler.shots(shotCount, for: task.rows[index])
  }

  /// The next item.
  ///
  /// Items must be asked for in order, since each uses up random numbers.
  mutating func item(at index: Int) throws -> PreparedItem {
    let row = task.rows[index]
    let shots = try sampler.shots(shotCount, for: row)
    let before = try system(row) + shots.flatMap { try shot($0) }
    let choices = try task.itemSources.choices(row)
    let text = try task.itemSources.text(row)
    let target = try task.itemSources.target(row)
    let answerPrefix = try task.itemSources.answerPrefix(row)
    let requests: [ItemRequest]
    if choicesAreContexts {
      let contexts = try choices.map {
        try render(before + turn($0, answerPrefix: answerPrefix, delimiter: ""), row)
      }
      let continuation = continuationDelimiter + PythonText.str(target)
      requests = contexts.map { .text(TextRequest(context: $0, continuation: continuation)) }
    } else {
      guard let text = text.string else { throw unexpectedNumber(text, row) }
      let context = try render(
        before
          + turn(text, answerPrefix: answerPrefix, delimiter: configuration.targetDelimiter), row)
      requests = try self.requests(context, choices: choices, target: target, row)
    }
    let printed = PythonText.str(target)
    return PreparedItem(
      index: index, row: row, requests: requests + unconditional(choices), choices: choices,
      gold: try choices.isEmpty
        ? [] : rightChoices(choicesAreContexts ? text : target, choices, row),
      references: try references(target, choices, row), target: printed,
      hashes: ItemHashes(row: row, prompt: requests[0].context, target: printed))
  }

  // MARK: Requests

  /// What is asked after a context.
  private func requests(
    _ context: String, choices: [String], target: JSONValue, _ row: DataSplit.Row
  ) throws -> [ItemRequest] {
    switch configuration.outputType {
    case .multipleChoice:
      return choices.map {
        .text(TextRequest(context: context, continuation: continuationDelimiter + $0))
      }
    case .logLikelihood:
      guard let text = target.string else {
        throw row.error("the target is \(target.kind.rawValue), expected text to score")
      }
      return [.text(TextRequest(context: context, continuation: text))]
    case .rolling: return [.text(TextRequest(rolling: PythonText.str(target)))]
    case .generation:
      return [
        .generation(
          GenerationRequest(
            context: context, stops: configuration.generation.stops,
            maximumTokenCount: configuration.generation.maximumTokenCount))
      ]
    }
  }

  /// The choices by themselves, where a metric compares with how likely they are anyway.
  private func unconditional(_ choices: [String]) -> [ItemRequest] {
    let isAsked = configuration.metrics.contains {
      $0.name == Metric.accuracyByMutualInformation.rawValue
    }
    guard isAsked, configuration.outputType == .multipleChoice else { return [] }
    return choices.map {
      .text(TextRequest(context: "", continuation: continuationDelimiter + $0))
    }
  }

  /// What stands between a prompt and what is scored after it; a chat template ends with what the
  /// answer follows directly.
  private var continuationDelimiter: String {
    guard options.chat != nil else { return configuration.targetDelimiter }
    let prefix = configuration.answerPrefix?.string ?? ""
    return prefix.isEmpty || PromptText.endsWithSpace(prefix) ? "" : configuration.targetDelimiter
  }

  // MARK: Prompts

  /// The messages as one text.
  private func render(_ messages: [PromptMessage], _ row: DataSplit.Row) throws -> String {
    guard let chat = options.chat else { return messages.map(\.text).joined() }
    do {
      return try chat.render(messages)
    } catch let error as InputError {
      let place = error.place.map { "\($0): " } ?? ""
      throw row.error("chat template: \(place)\(error.message)", hint: error.hint)
    }
  }

  /// The instruction of the run and the description of the task.
  private func system(_ row: DataSplit.Row) throws -> [PromptMessage] {
    let text = PromptText.joined(
      options.systemInstruction ?? "", try description(row),
      by: configuration.shotDelimiter)
    return text.isEmpty ? [] : [PromptMessage(role: .system, content: text)]
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

  /// What is asked, and what the answer begins with or is.
  private func turn(
    _ text: String, answer: String = "", answerPrefix: String?, delimiter: String,
    shotDelimiter: String = ""
  ) -> [PromptMessage] {
    let prefix = answerPrefix ?? ""
    let isDelimited =
      prefix.isEmpty ? !answer.isEmpty : PromptText.needsDelimiter(text, prefix)
    let question = PromptMessage(
      role: .user, content: text, delimiter: isDelimited ? delimiter : "")
    guard !answer.isEmpty else {
      return prefix.isEmpty
        ? [question] : [question, PromptMessage(role: .assistant, content: prefix)]
    }
    return [
      question,
      PromptMessage(
        role: .assistant, content: PromptText.joined(prefix, answer, by: " "),
        delimiter: shotDelimiter),
    ]
  }

  // MARK: Solved examples

  private func shot(_ row: DataSplit.Row) throws -> [PromptMessage] {
    turn(
      try question(row), answer: try answer(row),
      answerPrefix: try task.shotSources.answerPrefix(row),
      delimiter: configuration.shots.targetDelimiter,
      shotDelimiter: configuration.shots.shotDelimiter)
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
      guard !choicesAreContexts, task.shotSources.hasChoices else {
        throw row.error("an example needs the text of its answer, found a number")
      }
      return try choice(choiceIndex(target, row), of: task.shotSources.choices(row), row)
    }
  }

  // MARK: Right answers

  /// The texts that an answer is compared with.
  private func references(
    _ target: JSONValue, _ choices: [String], _ row: DataSplit.Row
  ) throws -> [String] {
    guard configuration.outputType == .generation else { return [] }
    if !choices.isEmpty { return [try choice(choiceIndex(target, row), of: choices, row)] }
    guard let list = target.array else { return [PythonText.str(target)] }
    return list.map(PythonText.str)
  }

  /// The indices of the right choices; none where a function of the task's own knows what is right.
  private func rightChoices(
    _ target: JSONValue, _ choices: [String], _ row: DataSplit.Row
  ) throws -> [Int] {
    guard configuration.resultFunction == nil else {
      return (try? gold(target, choices, row)) ?? []
    }
    return try gold(target, choices, row)
  }

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

extension ItemRequest {
  /// What a hash of the prompt is of: the context, or a whole text that is scored.
  fileprivate var context: String {
    switch self {
    case .text(let request): request.isRolling ? request.continuation : request.context
    case .generation(let request): request.context
    }
  }
}
