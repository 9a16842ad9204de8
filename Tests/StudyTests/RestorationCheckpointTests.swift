import Core
import Foundation
import OrderedCollections
import Probe
import Synchronization
import TestSupport
import Testing

@testable import Formats
@testable import Inference
@testable import Study

/// Parts of real checkpoints put back into others, and the outcome scored.
@Suite struct RestorationCheckpointTests {
  private static let tasks = ["know_people", "reading", "new_headline"]

  private static func instruments(
    threads: Int = 2, limit: Int = 24, ledger: ResultLedger? = nil
  ) throws -> CheckpointInstruments {
    var plan = StudyPlan(
      name: "restoration", series: [], taskPaths: [Fixtures.path("tasks")], axes: [])
    plan.limit = limit
    return try CheckpointInstruments(
      plan: plan, version: "0.1.0", workGroup: WorkGroup(threadCount: threads),
      scoring: ScoringOptions(numerics: .f32), ledger: ledger)
  }

  private static func scores(
    of path: String, _ instruments: CheckpointInstruments, on benchmark: Evaluation
  ) throws -> StageScores {
    var found: StageScores?
    try instruments.score([(path: path, folder: "x")], on: benchmark, progress: nil) {
      found = $1
    }
    return try #require(found)
  }

  private static let layers = (0..<4).map {
    RestoredUnit("layer \($0)", ModelPart(places: [.layer(.decoder, $0)]))
  }
  private static let llama = Fixtures.path("series/llama/base")
  private static let tuned = Fixtures.path("series/llama/stage-5-headline")

  /// A copy of a checkpoint whose tensors of one layer are noise on top of themselves.
  private static func damage(
    _ path: String, layer: Int, into folder: TemporaryFolder
  ) throws -> String {
    let source = try Checkpoint(path: path)
    var generator = SplitMix(seed: 7)
    let tensors = try source.tensors.map { tensor in
      guard tensor.layer == layer, tensor.shape.count == 2 else {
        return try SafetensorsTensor(tensor, of: source, as: .f32)
      }
      let values = try source.values(of: tensor).map {
        $0 + Float.random(in: -0.5...0.5, using: &generator)
      }
      return try SafetensorsTensor(
        tensor.name, shape: tensor.shape, dtype: .f32,
        bytes: values.flatMap { value in
          (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
        })
    }
    try SafetensorsWriter().write(tensors, toFolder: folder.path)
    for name in try FileManager.default.contentsOfDirectory(atPath: path)
    where name.hasSuffix(".json") {
      try FileManager.default.copyItem(
        atPath: "\(path)/\(name)", toPath: folder.path(name))
    }
    return folder.path
  }

  @Test func `of a model with one damaged layer that layer is named and brings the accuracy back`()
    throws
  {
    let folder = try TemporaryFolder()
    let damaged = try Self.damage(Self.llama, layer: 2, into: folder)
    let instruments = try Self.instruments(limit: 60)
    let benchmark = try instruments.prepare(Self.tasks)
    let scores = try [Self.llama, damaged].map {
      try Self.scores(of: $0, instruments, on: benchmark)
    }
    let series = SeriesResult(
      StudyPlan.Series(
        name: "damage", base: Self.llama,
        stages: [.init(name: "damaged", checkpoint: damaged)]),
      axes: [
        .init(name: "knowledge", kind: .ability, tasks: ["know_people"]),
        .init(name: "reading", kind: .ability, tasks: ["reading"]),
      ], newTasks: [],
      checkpoints: try [Self.llama, damaged].map { try instruments.identity(name: $0, path: $0) },
      scores: scores, drift: [StageDrift(stage: "damaged", fromBase: [:], fromPrevious: [:])],
      number: 0,
      draws: ItemDraws([scores], workGroup: WorkGroup()))
    let restorer = try instruments.restorer(base: Self.llama, tuned: damaged, on: benchmark)
    let result = try RestorationRun(.init(target: 0.8), of: series).run(restorer)
    #expect(try #require(result.lost).value > 0.3)
    let best = try #require(result.best(.layer))
    #expect(best.name == "layer 2")
    #expect(best.returned == Estimate(1, interval: 1...1))
    #expect(best.axisScores == result.baseScores)
    // The other layers never changed.
    for other in result.trials(.layer) where other.name != "layer 2" {
      #expect(other.gain == Estimate(0, interval: 0...0))
      #expect(other.axisScores == result.tunedScores)
    }
    #expect(result.search?.layers == ["2"])
    #expect(result.search?.isReached == true)
    #expect(result.search?.returned == Estimate(1, interval: 1...1))
    let halves = result.trials(.group).filter { $0.name.hasSuffix("half") }
    #expect(halves.map(\.gain?.value) == [0, result.lost?.value])
    #expect(try #require(result.findings.first { $0.text.contains("layer 2") }).certainty == .clear)
    #expect(result.notes.isEmpty)
  }

  @Test(arguments: [
    ("series/llama/base", "series/llama/stage-5-headline"),
    ("series/bloom/base", "series/bloom/stage-2"), ("series/t5/base", "series/t5/stage-2"),
    ("series/llama/base", "series/adapters/llama"), ("series/t5/base", "series/adapters/t5"),
    ("series/llama-gguf/base-bf16.gguf", "series/llama/stage-3-question"),
    ("series/llama/base", "series/llama-gguf/base-q8_0.gguf"),
  ])
  func `everything put back has the bits of the base, nothing those of the tuned model`(
    base: String, tuned: String
  ) throws {
    let (base, tuned) = (Fixtures.path(base), Fixtures.path(tuned))
    let instruments = try Self.instruments(limit: 6)
    let benchmark = try instruments.prepare(Self.tasks)
    let restorer = try instruments.restorer(base: base, tuned: tuned, on: benchmark)
    #expect(restorer.notes.isEmpty)
    let scores = try restorer.score(
      [
        RestoredUnit("everything", .everything), RestoredUnit("nothing", .everything, alpha: 0),
        RestoredUnit("half", .everything, alpha: 0.5),
      ], progress: nil)
    let wholes = try [base, tuned].map { try Self.scores(of: $0, instruments, on: benchmark) }
    #expect(scores[0].answers == wholes[0].answers)
    #expect(scores[1].answers == wholes[1].answers)
    #expect(scores[2].answers != wholes[0].answers)
    #expect(scores[2].answers != wholes[1].answers)
  }

  /// Every model of a sweep shares what it can, which must not change a bit.
  @Test(arguments: [
    ("series/llama/base", "series/llama/stage-5-headline"),
    ("series/bloom/base", "series/bloom/stage-2"), ("series/t5/base", "series/t5/stage-2"),
  ])
  func `models that are restored together answer as each by itself`(
    base: String, tuned: String
  ) throws {
    let (base, tuned) = (Fixtures.path(base), Fixtures.path(tuned))
    let answers = try [1, 3].map { threads in
      let instruments = try Self.instruments(threads: threads, limit: 5)
      let benchmark = try instruments.prepare(Self.tasks)
      let restorer = try instruments.restorer(base: base, tuned: tuned, on: benchmark)
      let units =
        RestorationTrials(restorer).trials(.layer, alphas: []).map(\.unit)
        + RestorationTrials(restorer).trials(.group, alphas: []).map(\.unit)
      let together = try restorer.score(units, progress: nil).map(\.answers)
      #expect(Set(together.map { $0.map(\.logLikelihoods) }).count > units.count - 3)
      if threads == 1 {
        for (unit, answers) in zip(units, together) {
          #expect(
            try restorer.score([unit], progress: nil)[0].answers == answers, "\(unit.name)")
        }
      }
      return together
    }
    #expect(answers[0] == answers[1])
  }

  @Test func `what an encoder's lower layers find is computed once`() throws {
    let pair = try BlendPair(
      base: ModelSource(argument: Fixtures.path("series/t5/base")),
      tuned: ModelSource(argument: Fixtures.path("series/t5/stage-2")))
    let model = try LanguageModel(pair.tuned, workGroup: WorkGroup(threadCount: 2))
    let layers = pair.places.filter { $0 != .outside }
    let models = try layers.map { place in
      try LanguageModel(pair.model(ModelPart(places: [place]), name: "\(place)"), like: model)
    }
    let tree = try NetworkTree.sharing(models.map(\.network), workGroup: WorkGroup())
    let encoderCount = model.network.architecture.encoder?.layers.count ?? 0
    let decoderCount = model.network.architecture.decoder.layers.count
    // Layer 0 of a stack holds the position biases of all its layers, and those of an encoder come
    // before everything: its restored model shares nothing.
    #expect(tree.encoders.count == 2)
    let own = (1..<encoderCount).reduce(0) { $0 + encoderCount - $1 }
    #expect(tree.encoderLayerCount == encoderCount + own + encoderCount)
    // A decoder of its own for each encoder; those that read one encoder share a trunk.
    let chain = decoderCount * (decoderCount + 1) / 2 + decoderCount - 1
    #expect(tree.layerCount <= encoderCount * decoderCount + chain + decoderCount)
  }

  @Test func `a run that was killed goes on where it was`() throws {
    let folder = try TemporaryFolder()
    let ledger = try ResultLedger(path: folder.path("ledger.sqlite"))
    let instruments = try Self.instruments(limit: 12, ledger: ledger)
    let benchmark = try instruments.prepare(Self.tasks)
    let units = Self.layers + [RestoredUnit("half", .everything, alpha: 0.5)]
    let expected = try Self.instruments(limit: 12)
      .restorer(base: Self.llama, tuned: Self.tuned, on: benchmark).score(units, progress: nil)
    func restorer() throws -> any StageRestorer {
      try instruments.restorer(base: Self.llama, tuned: Self.tuned, on: benchmark)
    }
    // Two layers are known, then all of them, then nothing is asked any more.
    #expect(try restorer().score(Array(units[1...2]), progress: nil) == Array(expected[1...2]))
    #expect(try restorer().score(units, progress: nil) == expected)
    let asked = Mutex(0)
    #expect(
      try restorer().score(units) { _ in asked.withLock { $0 += 1 } } == expected)
    #expect(asked.withLock { $0 } == 0)
    // Everything put back is the base, whose answers the ledger may have from elsewhere.
    let base = try Self.scores(of: Self.llama, instruments, on: benchmark)
    let everything = try restorer().score([RestoredUnit("everything", .everything)]) { _ in
      asked.withLock { $0 += 1 }
    }
    #expect(everything[0].answers == base.answers)
    #expect(asked.withLock { $0 } == 0)
  }

  @Test func `models that do not belong together are refused`() throws {
    let instruments = try Self.instruments()
    let benchmark = try instruments.prepare(Self.tasks)
    let bloom = Fixtures.path("series/bloom/base")
    #expect {
      try instruments.restorer(base: Self.llama, tuned: bloom, on: benchmark)
    } throws: {
      "\($0)" == "\(bloom): architecture 'bloom' is not the 'llama' of \(Self.llama)"
    }
  }
}
