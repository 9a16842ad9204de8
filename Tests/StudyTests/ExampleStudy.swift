import Core
import OrderedCollections
import Study

/// A made-up study of five stages: instruments that answer from a table.
struct ExampleInstruments: StudyInstruments {
  /// Scores in percent by task, the base first.
  static let scores: OrderedDictionary<String, [Double]> = [
    "know_people": [98, 91, 80, 66, 60, 52], "know_places": [97, 90, 78, 70, 58, 49],
    "reasoning": [88, 86, 80, 79, 74, 73], "reading": [94, 93, 90, 91, 87, 86],
    "pairs": [81, 78, 74, 72, 69, 66], "new_simplification": [26, 96, 90, 84, 78, 70],
    "new_dialogue": [24, 26, 95, 88, 80, 79], "new_question": [25, 24, 27, 92, 86, 80],
    "new_explanation": [27, 30, 28, 31, 94, 90], "new_headline": [26, 25, 24, 28, 27, 97],
  ]
  static let groups = ["knowledge": ["know_people", "know_places"]]
  static let items = 240.0

  /// A task whose score is left out, to see what happens.
  var missing: String?
  /// A checkpoint with another tokenizer than the others.
  var otherTokenizer: String?
  /// A checkpoint that is computed in another way than the others.
  var otherNumerics: String?

  func tasks(named name: String) throws -> [String] {
    if let members = Self.groups[name] { return members }
    guard Self.scores[name] != nil else { throw InputError("no task '\(name)'") }
    return [name]
  }

  /// Checkpoints that cannot be opened.
  var absent: Set<String> = []
  /// A checkpoint of another shape than the others.
  var otherShape: String?
  /// A checkpoint that cannot be asked a task.
  var unableAt: (path: String, task: String)?

  var workGroup: WorkGroup { WorkGroup(threadCount: 2) }

  func check(_ path: String) throws -> CheckpointFacts {
    guard !absent.contains(path) else { throw InputError(path: path, "no such file or folder") }
    return CheckpointFacts(
      tokenizer: path == otherTokenizer ? "other" : "own",
      numerics: path == otherNumerics ? "bf16" : "f32",
      shape: path == otherShape ? "gpt2 with 2 layers" : "llama with 4 layers")
  }

  func estimate(_ path: String, on tasks: [String]) throws -> StudyEstimate? { nil }

  func identity(name: String, path: String) throws -> CheckpointIdentity {
    CheckpointIdentity(
      name: name, path: path, format: "safetensors", architecture: "llama",
      parameterCount: 1_100_048, byteCount: 2_200_096, dtypes: ["BF16": 39],
      contentHash: String(repeating: "0123456789abcdef", count: 2))
  }

  func prepare(_ names: [String]) throws -> [String] {
    try names.flatMap(tasks)
  }

  func score(
    _ stages: [(path: String, folder: String)], on tasks: [String],
    progress: WorkProgress.Handler?, deliver: (Int, StageScores) throws -> Void
  ) throws {
    for (place, stage) in stages.enumerated() {
      if let unableAt, unableAt.path == stage.path, tasks.contains(unableAt.task) {
        throw InputError(path: stage.path, "logits are not finite")
      }
      try deliver(place, scores(of: stage.path, on: tasks, folder: stage.folder))
    }
  }

  private func scores(of path: String, on tasks: [String], folder: String) -> StageScores {
    let stage = Int(path.suffix(1)) ?? 0
    let scores = tasks.filter { $0 != missing }.map { task in
      let value = (Self.scores[task]?[stage] ?? 0) / 100
      return TaskScore(
        task: task, metric: "acc", value: value,
        standardError: (value * (1 - value) / (Self.items - 1)).squareRoot(),
        chance: task == "pairs" ? 0.5 : 0.25, itemCount: Int(Self.items))
    }
    return StageScores(
      tasks: scores, answers: scores.map(Self.answers), numerics: "f32",
      documents: [StudyDocument(path: "\(folder)/results.json", text: "{\"stage\": \(stage)}\n")])
  }

  /// Right answers first, so that scores are what the table says.
  private static func answers(_ score: TaskScore) -> TaskAnswers {
    let right = (score.value * items).rounded()
    let scores = (0..<Int(items)).map { Double($0) < right ? 1.0 : 0 }
    return TaskAnswers(task: score.task, scores: scores)
  }

  func drift(
    of series: StudyPlan.Series, progress: WorkProgress.Handler?
  ) throws -> [StageDrift] {
    let steps = [0.11, 0.09, 0.1, 0.08, 0.07, 0.06, 0.05, 0.12, 0.04]
    return series.stages.enumerated().map { index, stage in
      let distance = steps[...index].reduce(0) { $0 + $1 * $1 }.squareRoot()
      var drift = StageDrift(
        stage: stage.name, fromBase: Self.parts(distance), fromPrevious: Self.parts(steps[index]),
        turnCosine: index > 0 ? 0.1 * Double(index) : nil,
        notes: index == 4 ? ["1 tensor has no partner in the base: lm_head.bias"] : [])
      drift.detail.fromBase = Self.matrix(distance)
      drift.detail.fromPrevious = Self.matrix(steps[index])
      drift.detail.tokens = [
        MovedTokens(
          tensor: "model.embed_tokens.weight",
          tokens: [
            .init(id: 17, text: " <b>king\u{7}", l2: distance, relativeL2: 0.5, cosine: 0.9),
            .init(id: 4, text: nil, l2: distance / 2, relativeL2: nil, cosine: nil),
          ])
      ]
      return drift
    }
  }

  /// Every component of four layers; the first layer has no `ffn_gate`.
  private static func matrix(_ distance: Double) -> DriftMatrix {
    DriftMatrix(
      layers: (0..<4).map(String.init),
      components: ["attn_norm", "attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up"],
      relativeL2: (0..<4).map { layer in (0..<7).map { cell(distance, layer, $0) } })
  }

  private static func cell(_ distance: Double, _ layer: Int, _ component: Int) -> Double? {
    guard layer > 0 || component != 5 else { return nil }
    let place = (layer * 3 + component * 2) % 8
    return distance * (0.3 + 0.1 * Double(place))
  }

  private static func parts(_ distance: Double) -> OrderedDictionary<DriftPlace, DriftValues> {
    var parts: OrderedDictionary<DriftPlace, DriftValues> = [.model: values(distance)]
    for layer in 0..<4 {
      parts[DriftPlace(.layer, "\(layer)")] = values(distance * (0.8 + 0.15 * Double(layer)))
    }
    let components = [
      "token_embd", "attn_norm", "attn_q", "attn_k", "attn_v", "attn_output", "ffn_norm",
      "ffn_gate", "ffn_up", "ffn_down", "output_norm", "output",
    ]
    for (index, component) in components.enumerated() {
      let share = 0.15 + 0.13 * Double((index * 5) % 9)
      parts[DriftPlace(.component, component)] = values(distance * share)
    }
    return parts
  }

  private static func values(_ distance: Double) -> DriftValues {
    DriftValues(
      elementCount: 65_536, l2: distance * 40, relativeL2: distance,
      cosine: 1 - distance * distance / 2, identicalFraction: 0.02)
  }
}

/// Plans and results of the made-up study.
enum ExampleStudy {
  static func plan(name: String = "Continual fine-tuning, made up") -> StudyPlan {
    let names = ["simplification", "dialogue", "question", "explanation", "headline"]
    return StudyPlan(
      name: name,
      series: [
        StudyPlan.Series(
          name: "llama", base: "series/base-0",
          stages: names.enumerated().map { index, name in
            StudyPlan.Stage(
              name: name, checkpoint: "series/stage-\(index + 1)", task: "new_\(name)")
          })
      ],
      taskPaths: ["tasks"],
      axes: [
        StudyPlan.Axis(name: "domain knowledge", tasks: ["knowledge"]),
        StudyPlan.Axis(name: "reasoning", tasks: ["reasoning"]),
        StudyPlan.Axis(name: "reading comprehension", tasks: ["reading"]),
        StudyPlan.Axis(name: "bias", tasks: ["pairs"], kind: .bias),
      ],
      newTasks: names.map { "new_\($0)" }, fewshotCount: 0)
  }

  static func result(
    _ instruments: ExampleInstruments
  ) throws -> StudyResult {
    try result(plan(), instruments)
  }

  static func result(
    _ plan: StudyPlan = plan(), _ instruments: ExampleInstruments = ExampleInstruments(),
    deliver: ([StudyDocument]) throws -> Void = { _ in }
  ) throws -> StudyResult {
    try StudyRunner(plan: plan, instruments: instruments).run(
      version: "0.1.0", command: "lethe study study.yaml --output-path report",
      createdAt: "2025-01-02T03:04:05Z", deliver: deliver)
  }
}
