import Testing

/// Conditions on drift that end a command with 1.
struct FailIfTests {
  private static let base = "fixtures/series/llama/base"
  private static let tuned = "fixtures/series/llama/stage-1-simplification"
  private static let twice = "fixtures/series/llama/stage-2-dialogue"

  /// Relative L2: 0.1131 in all, 0.057 of the embedding, 0.1018 to 0.1058 of the layers.
  @Test(arguments: [
    ("relative_l2 > 0.11", 1), ("relative_l2 > 0.12", 0), ("total.relative_l2 > 0.11", 1),
    ("model.relative_l2 < 0.11", 0), ("layer.relative_l2 > 0.105", 1),
    ("layer[2].relative_l2 > 0.105", 0), ("component[token_embd].relative_l2 < 0.06", 1),
    ("component[attn_*].relative_l2 < 0.01", 0), ("tensor[*norm*].relative_l2 < 0.06", 1),
    ("tensor[model.embed_tokens.weight].relative_l2 < 0.06", 1),
    ("relative_l2 > 0.12 or cosine < 0.999", 1), ("relative_l2 > 0.12 and cosine < 0.999", 0),
    ("non_finite_count != 0", 0), ("layer[77].cosine < 1", 2), ("layer.relativ_l2 > 0", 64),
    ("relative_l2 >", 64), ("tensor[blk.0.attn_q.weight].shape > 0", 64),
  ])
  func aConditionDecidesTheExitCode(condition: String, status: Int32) throws {
    let outcome = try LetheProcess.run(
      "diff", Self.base, Self.tuned, "--by", "model", "--fail-if", condition)
    #expect(outcome.status == status)
    #expect(outcome.errors.hasPrefix("fail-if: ") == (status == 1))
    #expect(outcome.output.isEmpty == (status == 64))
  }

  /// Half of all deltas are above 0.006, and one in a thousand above 0.02.
  @Test(arguments: [
    ("quantiles.abs_delta.p50 > 0.006", 1), ("quantiles.abs_delta.p999 < 0.02", 0),
    ("tensor.quantiles.abs_delta.p50 > 0.05", 0),
    ("tensor.spectrum.stable_rank < 5", 1), ("spectrum.stable_rank < 5", 64),
    ("tensor[*attn_q*].intruder_count > 9", 0), ("tensor.intruder_count > 9", 2),
  ])
  func conditionsReachIntoMeasures(condition: String, status: Int32) throws {
    let outcome = try LetheProcess.run(
      "diff", Self.base, Self.tuned, "--by", "model", "--quantiles", "--spectrum", "4",
      "--intruders", "--filter", "blk.0.*", "--fail-if", condition)
    #expect(outcome.status == status, "\(outcome.errors)")
  }

  @Test func whatMetTheConditionIsSaid() throws {
    let outcome = try LetheProcess.run(
      "drift", Self.base, Self.tuned, Self.twice, "--fail-if",
      "layer[3].relative_l2 > 0.15 or turn_cosine > 0.1")
    #expect(outcome.status == 1)
    #expect(
      outcome.errors
        == "fail-if: stage 2, layer 3: relative_l2 is 0.1698\n"
        + "fail-if: stage 2, total: turn_cosine is 0.1212\n")
  }

  @Test(arguments: ["diff", "drift"])
  func aMetricThatNothingHasIsRefusedBeforeFilesAreRead(command: String) throws {
    let outcome = try LetheProcess.run(
      command, "no-base", "no-other", "--fail-if", "tensor.relative_l3 > 0.1")
    #expect(outcome.status == 64)
    #expect(
      outcome.errors.contains("no part has a metric 'tensor.relative_l3'; near it: relative_l2"))
  }

  @Test func aValueThatDoesNotExistIsNoAnswer() throws {
    let outcome = try LetheProcess.run(
      "drift", Self.base, Self.tuned, "--fail-if", "turn_cosine < 2")
    #expect(outcome.status == 2)
    #expect(
      outcome.errors == "error: condition 'turn_cosine < 2': 'turn_cosine' has no value\n")
  }

  @Test func aSeriesThatDiffersIsOneOnlyWhereItIsAskedFor() throws {
    #expect(try LetheProcess.run("drift", Self.base, Self.tuned, "--exit-code").status == 1)
    #expect(try LetheProcess.run("drift", Self.base, Self.base, "--exit-code").status == 0)
    #expect(try LetheProcess.run("drift", Self.base, Self.tuned).status == 0)
  }
}
