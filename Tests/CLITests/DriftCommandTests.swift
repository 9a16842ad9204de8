import Core
import Testing

/// What `lethe diff` and `lethe drift` write, and the codes that they end with.
struct DriftCommandTests {
  private static let base = "fixtures/series/llama/base"
  private static let gguf = "fixtures/series/llama-gguf/base-f32.gguf"
  private static let tuned = "fixtures/series/llama/stage-1-simplification"
  private static let tunedTwice = "fixtures/series/llama/stage-2-dialogue"

  @Test func aDifferenceIsOneOnlyWhereItIsAskedFor() throws {
    #expect(try LetheProcess.run("diff", Self.base, Self.tuned, "--exit-code").status == 1)
    #expect(try LetheProcess.run("diff", Self.base, Self.tuned).status == 0)
    #expect(try LetheProcess.run("diff", Self.base, Self.gguf, "--exit-code").status == 0)
  }

  @Test func whatCannotBeDoneIsTwoAndBadUsageSixtyFour() throws {
    let missing = try LetheProcess.run("diff", Self.base, "/nowhere/model.gguf")
    #expect(missing.status == 2)
    #expect(missing.errors.hasPrefix("error: /nowhere/model.gguf: "))
    #expect(missing.output.isEmpty)
    let nothing = try LetheProcess.run("diff", Self.base, Self.tuned, "--filter", "nothing*")
    #expect(nothing.status == 2)
    #expect(nothing.errors == "error: \(Self.base): no tensor matches the filter\n")
    #expect(try LetheProcess.run("diff", Self.base).status == 64)
    #expect(try LetheProcess.run("diff", Self.base, Self.tuned, "--top", "0").status == 64)
    #expect(try LetheProcess.run("drift", Self.base).status == 64)
  }

  @Test func theSummaryComesFirst() throws {
    let same = try LetheProcess.run("diff", Self.base, Self.gguf)
    #expect(same.output.hasPrefix("identical: 39 tensors with "))
    let moved = try LetheProcess.run("diff", Self.base, Self.tuned, "--by", "layer")
    #expect(moved.output.contains("; 39 of 39 tensors differ, relative L2 "))
    let parts = moved.output.split(separator: "\n").dropFirst(2).prefix(7)
      .map { $0.prefix(11) }
    #expect(
      parts == [
        "token_embd ", "layer 0    ", "layer 1    ", "layer 2    ", "layer 3    ", "output_norm",
        "output     ",
      ])
  }

  @Test func aFilterAndATopChooseRows() throws {
    let outcome = try LetheProcess.run(
      "diff", Self.base, Self.tuned, "--filter", "blk.*.attn_*", "--top", "3", "--format", "json")
    let document = try JSONValue(parsing: outcome.output)
    let tensors = try #require(document["tensors"]?.array)
    #expect(tensors.count == 3)
    #expect(tensors.allSatisfy { $0["component"]?.string?.hasPrefix("attn_") ?? false })
    let sizes = tensors.compactMap { $0["relative_l2"]?.double }
    #expect(sizes == sizes.sorted(by: >))
    #expect(document["components"]?.array?.count == 3)
  }

  @Test func csvHasTheKeysOfTheDocument() throws {
    let outcome = try LetheProcess.run(
      "diff", Self.base, Self.tuned, "--by", "component", "--format", "csv")
    let lines = outcome.output.split(separator: "\n")
    #expect(lines[0].hasPrefix("component,element_count,l2_base,l2_other,l2_delta,relative_l2,"))
    #expect(lines.count == 13)
  }

  @Test func theHeatMapHasDigitsAndColourOnlyWhereAsked() throws {
    let plain = try LetheProcess.run("drift", Self.base, Self.tuned, Self.tunedTwice)
    #expect(plain.status == 0)
    #expect(!plain.output.contains("\u{1B}"))
    let row = plain.output.split(separator: "\n").first { $0.hasPrefix("layer 3 ") }
    #expect(row?.split(separator: " ").dropFirst(2).compactMap { Double($0) }.count == 2)
    let colored = try LetheProcess.run(
      "drift", Self.base, Self.tuned, Self.tunedTwice, "--color", "always")
    #expect(colored.output.contains("\u{1B}[48;5;"))
  }

  @Test func aSeriesHasItsTotalForEveryStage() throws {
    let outcome = try LetheProcess.run(
      "drift", Self.base, Self.tuned, Self.tunedTwice, "--format", "json")
    let document = try JSONValue(parsing: outcome.output)
    let names = document["stages"]?.array?.map { $0["name"]?.string }
    #expect(names == ["stage-1-simplification", "stage-2-dialogue"])
    #expect(document["total"]?.array?.map { $0["stage"]?.int } == [1, 2])
    #expect(document["layers"]?.array?.count == 8)
  }
}
