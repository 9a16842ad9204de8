import Core
import Formats
import TestSupport
import Testing

@testable import Diff

/// What is said of pairs that were made on purpose: right, or nothing, and never wrong.
struct VerdictTests {
  private static func layer(_ tensor: TensorInfo) -> Int? { tensor.layer }

  private static func isProjection(_ tensor: TensorInfo) -> Bool {
    tensor.name.hasSuffix("_proj.weight")
  }

  // MARK: - The six

  @Test func theSameIsIdentical() throws {
    let comparison = try TunedPair { _, _ in nil }.comparison()
    #expect(comparison.verdict?.kind == .identical)
    #expect(comparison.document()["verdict"] == "identical")
  }

  @Test(arguments: ["stage-1-simplification", "stage-4-explanation", "stage-5-headline"])
  func trainingEverythingIsFullFineTuning(name: String) throws {
    let comparison = try CheckpointComparison(
      base: TunedPair.stage("base"), other: TunedPair.stage(name))
    #expect(comparison.verdict?.kind == .fullFineTuning, "\(comparison.summary)")
    #expect(comparison.summary.hasPrefix("full fine-tuning; 39 of 39 tensors differ"))
    let document = comparison.document()
    #expect(document["verdict"] == "full_fine_tuning")
    #expect(document["verdict_evidence"]?["moved_tensor_count"] == 39)
    #expect(document["verdict_evidence"]?["rank"] == .null)
    #expect(document["verdict_evidence"]?["cosine"]?.double ?? 0 > 0.8)
  }

  /// The smaller the rank, the more of the products are small, and lost in rounding.
  @Test(arguments: [
    (1, Float(0.2)), (2, 0.05), (4, 0.05), (8, 0.05), (12, 0.05), (4, 0.1), (12, 0.1),
  ])
  func aMergedAdapterIsALowRankUpdate(rank: Int, share: Float) throws {
    var updates = Updates(seed: 7)
    let comparison = try TunedPair { tensor, values in
      guard Self.isProjection(tensor) else { return nil }
      return updates.adapted(values, columns: tensor.shape[1], rank: rank, share: share)
    }.comparison()
    let verdict = try #require(comparison.verdict)
    #expect(verdict.kind == .lowRankUpdate, "\(comparison.summary)")
    #expect(abs((verdict.rank ?? 0) - rank) <= 1, "\(comparison.summary)")
    #expect(
      comparison.document()["verdict_evidence"]?["rank"] == .integer(verdict.rank ?? 0))
    #expect(
      comparison.summary.hasPrefix(
        "low-rank update of rank \(verdict.rank ?? 0) in attn_k, attn_output, attn_q, attn_v, "
          + "ffn_down, ffn_gate, ffn_up; 28 of 39 tensors differ"))
  }

  @Test(arguments: [4, 8])
  func anAdapterOnTwoProjectionsIsALowRankUpdate(rank: Int) throws {
    var updates = Updates(seed: 11)
    let comparison = try TunedPair { tensor, values in
      guard tensor.name.hasSuffix("q_proj.weight") || tensor.name.hasSuffix("v_proj.weight") else {
        return nil
      }
      return updates.adapted(values, columns: tensor.shape[1], rank: rank, share: 0.05)
    }.comparison()
    #expect(comparison.verdict?.kind == .lowRankUpdate, "\(comparison.summary)")
    #expect(abs((comparison.verdict?.rank ?? 0) - rank) <= 1)
    #expect(comparison.verdict?.reason == "attn_q, attn_v")
  }

  @Test func layersThatStayedAreFrozen() throws {
    let tuned = try TunedPair.stage("stage-2-dialogue")
    for frozen in [0...1, 0...0, 1...2, 3...3] {
      let comparison = try TunedPair { tensor, _ in
        guard Self.layer(tensor).map({ !frozen.contains($0) }) ?? !frozen.contains(0) else {
          return nil
        }
        return try TunedPair.values(tensor.name, of: tuned)
      }.comparison()
      let verdict = try #require(comparison.verdict)
      #expect(verdict.kind == .frozenLayers, "\(comparison.summary)")
      #expect(verdict.frozenLayers == [Verdict.Layers(stack: .decoder, range: frozen)])
      let entry = comparison.document()["verdict_evidence"]?["frozen_layers"]?[0]
      #expect(entry?["first_layer"] == .integer(frozen.lowerBound))
      #expect(entry?["last_layer"] == .integer(frozen.upperBound))
      let words =
        frozen.count == 1
        ? "layer \(frozen.lowerBound)" : "layers \(frozen.lowerBound) to \(frozen.upperBound)"
      #expect(comparison.summary.hasPrefix("\(words) frozen, all others fine-tuned; "))
    }
  }

  @Test func anEmbeddingAloneIsToldApart() throws {
    let tuned = try TunedPair.stage("stage-1-simplification")
    let comparison = try TunedPair { tensor, _ in
      tensor.name.contains("embed_tokens") ? try TunedPair.values(tensor.name, of: tuned) : nil
    }.comparison()
    #expect(comparison.verdict?.kind == .embeddingOnly, "\(comparison.summary)")
    #expect(comparison.document()["verdict"] == "embedding_only")
  }

  @Test func otherTypesOfTheSameWeightsAreRequantised() throws {
    func gguf(_ name: String) throws -> Checkpoint {
      try Checkpoint(path: Fixtures.path("series/llama-gguf/base-\(name).gguf"))
    }
    let base = try TunedPair.stage("base")
    let singles = try TunedPair.stage("stage-4-explanation")
    let pairs = [
      (try gguf("f32"), try gguf("q8_0")), (base, try gguf("q8_0")), (try gguf("q8_0"), base),
      (base, try gguf("f16")), (try gguf("f16"), try gguf("q8_0")),
      (singles, try TunedPair(from: "stage-4-explanation", as: .f16) { _, _ in nil }.other),
    ]
    for (first, second) in pairs {
      let comparison = try CheckpointComparison(base: first, other: second)
      #expect(comparison.verdict?.kind == .requantised, "\(comparison.summary)")
      #expect(comparison.summary.hasPrefix("only re-quantised: L2 of Δ is "))
      let ratio = comparison.document()["verdict_evidence"]?["noise_floor_ratio"]?.double
      #expect(try #require(ratio) < 1.25)
    }
    let halved = try TunedPair(from: "stage-4-explanation", as: .bf16) { _, _ in nil }
    #expect(try halved.comparison().verdict?.kind == .requantised)
  }

  @Test func anotherSeedIsUnrelated() throws {
    var updates = Updates(seed: 3)
    let comparison = try TunedPair { tensor, values in
      guard tensor.shape.count == 2 else { return values.map { $0 * 1.05 } }
      let deviation = (values.reduce(0) { $0 + $1 * $1 } / Float(values.count)).squareRoot()
      return updates.normal(values.count).map { $0 * deviation }
    }.comparison()
    #expect(comparison.verdict?.kind == .unrelated, "\(comparison.summary)")
    let cosine = comparison.document()["verdict_evidence"]?["matrix_cosine"]?.double
    #expect(abs(try #require(cosine)) < 0.05)
  }

  // MARK: - What is not certain

  private static func expectUndetermined(
    _ comparison: CheckpointComparison, because reason: String
  ) {
    #expect(comparison.verdict?.kind == .undetermined, "\(comparison.summary)")
    #expect(comparison.verdict?.reason?.contains(reason) ?? false, "\(comparison.summary)")
    #expect(comparison.summary.hasPrefix("undetermined: ") == comparison.isWhole)
    #expect(comparison.document()["verdict"] == "undetermined")
  }

  @Test func anAdapterWithModulesThatWereSavedIsNoneOfThese() throws {
    let tuned = try TunedPair.stage("stage-1-simplification")
    for saved in ["embed_tokens", "lm_head", "layernorm"] {
      var updates = Updates(seed: 5)
      let comparison = try TunedPair { tensor, values in
        if tensor.name.contains(saved) { return try TunedPair.values(tensor.name, of: tuned) }
        guard Self.isProjection(tensor) else { return nil }
        return updates.adapted(values, columns: tensor.shape[1], rank: 4, share: 0.05)
      }.comparison()
      Self.expectUndetermined(comparison, because: "updates of rank 4, but other tensors too: ")
    }
  }

  @Test func someTrainedTensorsAreNotAll() throws {
    let tuned = try TunedPair.stage("stage-1-simplification")
    let cases: [(reason: String, isTrained: (TensorInfo) -> Bool)] = [
      ("in the layers only vectors changed: ", { $0.shape.count == 1 }),
      ("outside the layers changed: output", { $0.name.contains("lm_head") }),
      ("every layer changed, but not token_embd", { !$0.name.contains("embed_tokens") }),
      ("not in a row: 0, 2", { ![0, 2].contains(Self.layer($0) ?? 1) }),
      (
        "only some tensors of layers changed, by updates of full rank; not attn_output",
        { !$0.name.contains("o_proj") }
      ),
    ]
    for (reason, isTrained) in cases {
      let comparison = try TunedPair { tensor, _ in
        isTrained(tensor) ? try TunedPair.values(tensor.name, of: tuned) : nil
      }.comparison()
      Self.expectUndetermined(comparison, because: reason)
    }
  }

  @Test func normsThatStayedAreSeenWhereNoDigitsWereLost() throws {
    let tuned = try TunedPair.stage("stage-5-headline")
    let edit: TunedPair.Edit = { tensor, _ in
      tensor.shape.count == 1 ? nil : try TunedPair.values(tensor.name, of: tuned)
    }
    // In bf16 small updates of norms are lost, so that they do not speak against full tuning.
    #expect(try TunedPair(edit).comparison().verdict?.kind == .fullFineTuning)
    let base = try TunedPair(as: .f32) { _, _ in nil }
    let other = try TunedPair(as: .f32, edit)
    Self.expectUndetermined(
      try CheckpointComparison(base: base.other, other: other.other), because: "not attn_norm")
  }

  @Test func aVocabularyThatGrewDoesNotHideTraining() throws {
    let tuned = try TunedPair.stage("stage-1-simplification")
    func grown(_ tensor: TensorInfo, _ values: [Float]) -> [Float] {
      guard tensor.name.contains("embed_tokens") || tensor.name.contains("lm_head") else {
        return values
      }
      return values + values.prefix(tensor.shape[1])
    }
    let trained = try TunedPair { tensor, values in
      grown(tensor, try TunedPair.values(tensor.name, of: tuned) ?? values)
    }
    #expect(try trained.comparison().verdict?.kind == .fullFineTuning)
    let plain = try TunedPair { tensor, values in grown(tensor, values) }
    Self.expectUndetermined(try plain.comparison(), because: "outside the layers changed: output")
    var updates = Updates(seed: 5)
    let adapted = try TunedPair { tensor, values in
      guard Self.isProjection(tensor) else { return grown(tensor, values) }
      return updates.adapted(values, columns: tensor.shape[1], rank: 4, share: 0.05)
    }
    Self.expectUndetermined(try adapted.comparison(), because: "rows of the vocabulary")
  }

  @Test func tuningIsNotTakenForRounding() throws {
    let tuned = try TunedPair.stage("stage-1-simplification")
    let blocks = try Checkpoint(path: Fixtures.path("series/llama-gguf/base-q8_0.gguf"))
    let comparison = try CheckpointComparison(base: blocks, other: tuned)
    let kind = comparison.verdict?.kind
    #expect(kind == .undetermined || kind == .fullFineTuning, "\(comparison.summary)")

    // Updates of less than a step of bf16, which singles show and no rounding makes.
    var updates = Updates(seed: 9)
    let slight = try TunedPair(as: .f32) { _, values in
      let noise = updates.normal(values.count)
      return zip(values, noise).map { $0 + $0 * $1 * 0x1p-9 }
    }
    #expect(try slight.comparison().verdict?.kind != .requantised)

    // One row that changed among many that were only stored in another way.
    let row = try TunedPair(as: .f16) { tensor, values in
      guard tensor.name.contains("embed_tokens") else { return nil }
      return values.enumerated().map { $0.offset / 128 == 17 ? $0.element * 1.02 : $0.element }
    }
    #expect(try row.comparison().verdict?.kind == .embeddingOnly)
  }

  @Test func updatesThatRoundingSwallowsAreNotOfLowRank() throws {
    for share in [Float(0x1p-12), 0x1p-10, 0x1p-8] {
      var updates = Updates(seed: 13)
      let comparison = try TunedPair { _, values in
        let noise = updates.normal(values.count)
        return zip(values, noise).map { $0 + $0 * $1 * share }
      }.comparison()
      let kind = comparison.verdict?.kind
      let isLost = comparison.isIdentical
      #expect(
        isLost || kind == .undetermined || kind == .fullFineTuning, "\(comparison.summary)")
      let low = try TunedPair { tensor, values in
        guard Self.isProjection(tensor) else { return nil }
        return updates.adapted(values, columns: tensor.shape[1], rank: 4, share: share)
      }.comparison()
      let lowKind = low.verdict?.kind
      #expect(lowKind == .undetermined || lowKind == .lowRankUpdate, "\(low.summary)")
      if lowKind == .lowRankUpdate { #expect(abs((low.verdict?.rank ?? 0) - 4) <= 1) }
    }
  }

  @Test func rowsInAnotherOrderAreNoOtherModel() throws {
    let comparison = try TunedPair { tensor, values in
      guard tensor.shape.count == 2, Self.layer(tensor) != nil else { return nil }
      let columns = tensor.shape[1]
      return (0..<tensor.shape[0]).reversed().flatMap { row in
        values[row * columns..<(row + 1) * columns]
      }
    }.comparison()
    Self.expectUndetermined(comparison, because: "rows may be in another order")
  }

  @Test func aFactorIsNoTraining() throws {
    let comparison = try TunedPair(as: .f32) { _, values in values.map { $0 * 1.25 } }.comparison()
    Self.expectUndetermined(comparison, because: "differ by a factor")
  }

  @Test func aPartOfTheTensorsIsNotJudged() throws {
    let comparison = try CheckpointComparison(
      base: TunedPair.stage("base"), other: TunedPair.stage("stage-1-simplification"),
      where: { $0.contains("embed") })
    Self.expectUndetermined(comparison, because: "only some of the tensors were compared")
  }

  @Test func whatIsNoNumberIsNotJudged() throws {
    let comparison = try TunedPair { tensor, values in
      tensor.name.contains("embed_tokens") ? [.nan] + values.dropFirst() : nil
    }.comparison()
    Self.expectUndetermined(comparison, because: "1 pairs are no finite numbers")
  }

  @Test func aSeriesHasNoVerdict() throws {
    let series = try Trajectory(checkpoints: [
      TunedPair.stage("base"), TunedPair.stage("stage-1-simplification"),
    ])
    #expect(series.stages[0].fromBase.verdict == nil)
    #expect(series.stages[0].fromBase.summary.hasPrefix("39 of 39 tensors differ"))
  }
}
