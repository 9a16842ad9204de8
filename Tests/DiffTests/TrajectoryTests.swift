import Core
import Formats
import OrderedCollections
import TestSupport
import Testing

@testable import Diff

struct TrajectoryTests {
  let series = [
    MemorySource("run/base").with("q", role: .attnQ(0), [3, 4]).with("n", role: .attnNorm(0), [1]),
    MemorySource("run/one").with("q", role: .attnQ(0), [3, 5]).with("n", role: .attnNorm(0), [1]),
    MemorySource("run/two").with("q", role: .attnQ(0), [4, 5]).with("n", role: .attnNorm(0), [1]),
    MemorySource("run/three").with("q", role: .attnQ(0), [2, 5]).with("n", role: .attnNorm(0), [1]),
  ]

  @Test func everyStageIsMeasuredFromBaseAndFromTheStageBefore() throws {
    let trajectory = try Trajectory(checkpoints: series)
    #expect(trajectory.base == "run/base")
    #expect(trajectory.stages.map(\.name) == ["one", "two", "three"])
    #expect(trajectory.stages.map(\.index) == [1, 2, 3])
    let root = 2.0.squareRoot()
    #expect(trajectory.stages.map(\.fromBase.total.l2Delta) == [1, root, root])
    #expect(trajectory.stages.map(\.fromPrevious.total.l2Delta) == [1, 1, 2])
    #expect(trajectory.stages.map(\.fromPrevious.base) == ["run/base", "run/one", "run/two"])
    for unit in [.model, .tensor(.role(.attnQ(0))), .component(.attn_q)] as [DriftUnit] {
      #expect(trajectory.stages.map { $0.turns[unit]?.cosine } == [nil, 0, -1])
    }
    let still = trajectory.stages[2].turns[.tensor(.role(.attnNorm(0)))]
    #expect(still?.cosine == nil)
    #expect(still?.signConflictFraction == nil)
  }

  @Test func theWayIsTheSumOfItsUpdates() throws {
    let layer = LayerKey(stack: .decoder, layer: 0)
    let track = try Trajectory(checkpoints: series).track(of: .layer(layer))
    #expect(track.steps.map(\.pathLength) == [1, 2, 4])
    #expect(track.steps.map(\.displacement) == [1, 2.0.squareRoot(), 2.0.squareRoot()])
  }

  @Test func updatesMeetInTheirSignsAndLeaveParametersAsTheyAre() throws {
    let four: [[Float]] = [
      [0, 0, 0, 0, 0], [1, 1, -1, 0, 0], [2, 0, -1, 1, 0], [1, 1, -2, 2, 0],
    ]
    let sources = four.enumerated().map { stage, values in
      MemorySource("\(stage)").with("q", role: .attnQ(0), values)
        .with("n", role: .attnNorm(0), [Float(stage), 3])
    }
    let trajectory = try Trajectory(checkpoints: sources)
    let queries = trajectory.track(of: .component(.attn_q))
    // Updates: (1, 1, -1, 0, 0), (1, -1, 0, 1, 0), (-1, 1, -1, 1, 0).
    #expect(queries.steps.map(\.signConflictFraction) == [nil, 0.5, 2.0 / 3])
    let changed = [0.4, 0.4, 0.2].map { 1 - $0 }
    #expect(queries.steps.map(\.density) == changed)
    #expect(queries.signConflictFraction == 3.0 / 5)
    #expect(abs((queries.density ?? 0) - 10.0 / 15) < 1e-15)
    #expect(queries.pathLength == 3.0.squareRoot() * 2 + 2)
    #expect(queries.displacement == 10.0.squareRoot())
    // The norm moves one of two parameters on, without a conflict.
    let whole = trajectory.track(of: .model)
    #expect(whole.steps.map(\.signConflictFraction) == [nil, 1.0 / 3, 2.0 / 4])
    #expect(whole.signConflictFraction == 3.0 / 7)
    #expect(abs((whole.density ?? 0) - 13.0 / 21) < 1e-15)
  }

  @Test func theDocumentTellsEveryWayAsAWhole() throws {
    guard case .object(let document) = try Trajectory(checkpoints: series).document(),
      case .object(let ways)? = document["along_series"], case .object(let total)? = ways["total"],
      case .array(let tensors)? = ways["tensors"]
    else {
      Issue.record("no object")
      return
    }
    #expect(tensors.count == 2)
    #expect(
      Array(total.keys) == ["path_length", "displacement", "sign_conflict_fraction", "density"])
    #expect(total["path_length"] == .number(4))
    #expect(total["sign_conflict_fraction"] == .number(1))
  }

  @Test func itIsWhatPairwiseComparisonsGive() throws {
    let trajectory = try Trajectory(checkpoints: series)
    for (place, stage) in trajectory.stages.enumerated() {
      let fromBase = try CheckpointComparison(base: series[0], other: series[place + 1])
      let fromPrevious = try CheckpointComparison(base: series[place], other: series[place + 1])
      #expect(stage.fromBase.tensors == fromBase.tensors)
      #expect(stage.fromPrevious.tensors == fromPrevious.tensors)
      #expect(stage.fromPrevious.layers == fromPrevious.layers)
    }
  }

  @Test func aTensorThatAStageLacksHasNoWayThere() throws {
    var short = series
    short[2] = MemorySource("run/two").with("n", role: .attnNorm(0), [1])
    let track = try Trajectory(checkpoints: short).track(of: .tensor(.role(.attnQ(0))))
    #expect(track.steps.map(\.pathLength) == [1, nil, nil])
    #expect(track.steps.map { $0.fromBase?.l2Delta } == [1, nil, 2.0.squareRoot()])
    #expect(track.steps.map(\.turnCosine) == [nil, nil, nil])
  }

  @Test func aVocabularyThatGrowsIsFollowedInItsCommonRows() throws {
    let growing = [
      MemorySource("0").with("e", role: .embedding, shape: [1, 2], [0, 0]),
      MemorySource("1").with("e", role: .embedding, shape: [2, 2], [1, 0, 7, 7]),
      MemorySource("2").with("e", role: .embedding, shape: [3, 2], [2, 0, 7, 8, 9, 9]),
    ]
    let trajectory = try Trajectory(checkpoints: growing)
    #expect(trajectory.stages[1].fromBase.total.l2Delta == 2)
    #expect(trajectory.stages[1].fromPrevious.total.l2Delta == 2.0.squareRoot())
    #expect(trajectory.stages[1].turns[.model]?.cosine == 1)
  }

  @Test func placesRunFromInputToOutput() throws {
    let whole = series.map {
      $0.with("head", role: .head, [1]).with("e", role: .embedding, [1]).with("other", [1])
    }
    let tracks = try Trajectory(checkpoints: whole).tracksFromInputToOutput()
    #expect(
      tracks.map(\.unit) == [
        .component(.token_embd), .layer(.init(stack: .decoder, layer: 0)), .component(.output),
      ])
  }

  @Test func threadsDoNotChangeABit() throws {
    var generator = SplitMix(seed: 4)
    let count = FusedPass.pieceElements + 9
    let random = (0..<3).map { stage in
      let values = (0..<count).map { _ in Float.random(in: -1...1, using: &generator) }
      return MemorySource("\(stage)").with("w", values)
    }
    let results = try (1...3).map {
      try Trajectory(checkpoints: random, workGroup: WorkGroup(threadCount: $0))
    }
    for result in results.dropFirst() {
      #expect(result.tracks(by: .tensor) == results[0].tracks(by: .tensor))
    }
  }

  @Test func aBaseAloneIsNoSeries() {
    #expect(throws: InputError.self) { try Trajectory(checkpoints: [series[0]]) }
  }

  @Test func namesAreTheShortestEndsThatDiffer() {
    #expect(shortNames(ofPaths: ["a/x/model", "a/y/model"]) == ["x/model", "y/model"])
    #expect(shortNames(ofPaths: ["a", "b/"]) == ["a", "b"])
    #expect(shortNames(ofPaths: ["a", "a"]) == ["a", "a"])
  }
}
