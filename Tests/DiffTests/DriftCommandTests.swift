import Core
import Foundation
import TestSupport
import Testing

/// What `lethe diff` and `lethe drift` write, and the codes that they end with.
struct DriftCommandTests {
  private static let base = Fixtures.path("series/llama/base")
  private static let gguf = Fixtures.path("series/llama-gguf/base-f32.gguf")
  private static let tuned = Fixtures.path("series/llama/stage-1-simplification")
  private static let tunedTwice = Fixtures.path("series/llama/stage-2-dialogue")

  private struct Outcome {
    var code: Int32
    var output: String
    var errors: String
  }

  /// Runs the executable that was built beside the tests.
  private func lethe(_ arguments: String...) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(filePath: CommandLine.arguments[0])
      .deletingLastPathComponent().appending(path: "lethe")
    process.arguments = arguments
    let output = Pipe()
    let errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let errorText = String(
      decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return Outcome(code: process.terminationStatus, output: text, errors: errorText)
  }

  @Test func aDifferenceIsOneOnlyWhereItIsAskedFor() throws {
    #expect(try lethe("diff", Self.base, Self.tuned, "--exit-code").code == 1)
    #expect(try lethe("diff", Self.base, Self.tuned).code == 0)
    #expect(try lethe("diff", Self.base, Self.gguf, "--exit-code").code == 0)
  }

  @Test func whatCannotBeDoneIsTwoAndBadUsageSixtyFour() throws {
    let missing = try lethe("diff", Self.base, "/nowhere/model.gguf")
    #expect(missing.code == 2)
    #expect(missing.errors.hasPrefix("error: /nowhere/model.gguf: "))
    #expect(missing.output.isEmpty)
    let nothing = try lethe("diff", Self.base, Self.tuned, "--filter", "nothing*")
    #expect(nothing.code == 2)
    #expect(nothing.errors == "error: \(Self.base): no tensor matches the filter\n")
    #expect(try lethe("diff", Self.base).code == 64)
    #expect(try lethe("diff", Self.base, Self.tuned, "--top", "0").code == 64)
    #expect(try lethe("drift", Self.base).code == 64)
  }

  @Test func theSummaryComesFirst() throws {
    let same = try lethe("diff", Self.base, Self.gguf)
    #expect(same.output.hasPrefix("identical: 39 tensors with "))
    let moved = try lethe("diff", Self.base, Self.tuned, "--by", "layer")
    #expect(moved.output.hasPrefix("39 of 39 tensors differ, relative L2 "))
    let parts = moved.output.split(separator: "\n").dropFirst(2).map { $0.prefix(11) }
    #expect(
      parts == [
        "token_embd ", "layer 0    ", "layer 1    ", "layer 2    ", "layer 3    ", "output_norm",
        "output     ",
      ])
  }

  @Test func aFilterAndATopChooseRows() throws {
    let outcome = try lethe(
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
    let outcome = try lethe("diff", Self.base, Self.tuned, "--by", "component", "--format", "csv")
    let lines = outcome.output.split(separator: "\n")
    #expect(lines[0].hasPrefix("component,element_count,l2_base,l2_other,l2_delta,relative_l2,"))
    #expect(lines.count == 13)
  }

  @Test func theHeatMapHasDigitsAndColourOnlyWhereAsked() throws {
    let plain = try lethe("drift", Self.base, Self.tuned, Self.tunedTwice)
    #expect(plain.code == 0)
    #expect(!plain.output.contains("\u{1B}"))
    let row = plain.output.split(separator: "\n").first { $0.hasPrefix("layer 3 ") }
    #expect(row?.split(separator: " ").dropFirst(2).compactMap { Double($0) }.count == 2)
    let colored = try lethe(
      "drift", Self.base, Self.tuned, Self.tunedTwice, "--color", "always")
    #expect(colored.output.contains("\u{1B}[48;5;"))
  }

  @Test func aSeriesHasItsTotalForEveryStage() throws {
    let outcome = try lethe(
      "drift", Self.base, Self.tuned, Self.tunedTwice, "--format", "json")
    let document = try JSONValue(parsing: outcome.output)
    let names = document["stages"]?.array?.map { $0["name"]?.string }
    #expect(names == ["stage-1-simplification", "stage-2-dialogue"])
    #expect(document["total"]?.array?.map { $0["stage"]?.int } == [1, 2])
    #expect(document["layers"]?.array?.count == 8)
  }
}
