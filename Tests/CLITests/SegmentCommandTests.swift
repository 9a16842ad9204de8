import Core
import TestSupport
import Testing

/// What `lethe diff` writes of heads, tokens, and tensors without a row.
@Suite struct SegmentCommandTests {
  private static let base = "fixtures/series/llama/base"
  private static let tuned = "fixtures/series/llama/stage-1-simplification"

  @Test func headsAreWrittenWhereTheyAreAskedFor() throws {
    let table = try LetheProcess.run("diff", Self.base, Self.tuned, "--per-head", "--top", "3")
    let lines = table.output.split(separator: "\n")
    let title = try #require(lines.firstIndex { $0.hasPrefix("heads that moved most") })
    #expect(lines[title].hasSuffix("(3 of 48)"))
    #expect(lines[title + 1].split(separator: " ").prefix(2) == ["part", "head"])
    #expect(lines.count == title + 5)
    let plain = try LetheProcess.run("diff", Self.base, Self.tuned)
    #expect(!plain.output.contains("heads that moved most"))
    let layers = try LetheProcess.run("diff", Self.base, Self.tuned, "--per-head", "--by", "layer")
    #expect(layers.output.contains("heads that moved most, by relative L2 (20 of 48)"))
    let csv = try LetheProcess.run(
      "diff", Self.base, Self.tuned, "--per-head", "--format", "csv")
    let rows = csv.output.split(separator: "\n")
    #expect(rows[0] == "role,projection,head,relative_l2,l2_delta,l2_base,cosine")
    #expect(rows.count == 49)
    #expect(rows[1].hasPrefix("blk.0.attn_q.weight,attn_q,0,0."))
    let markdown = try LetheProcess.run(
      "diff", Self.base, Self.tuned, "--per-head", "--format", "markdown")
    #expect(markdown.output.contains("### heads that moved most"))
    #expect(markdown.output.contains("### tokens that moved most in token_embd.weight"))
  }

  @Test func tokensAreNoColumns() throws {
    let csv = try LetheProcess.run("diff", Self.base, Self.tuned, "--format", "csv")
    let columns = csv.output.split(separator: "\n")[0].split(separator: ",")
    #expect(!columns.contains("tokens"))
    let json = try LetheProcess.run("diff", Self.base, Self.tuned, "--format", "json")
    let tensors = try #require(try JSONValue(parsing: json.output)["tensors"]?.array)
    #expect(tensors.compactMap { $0["tokens"]?.array?.count } == [10, 10])
    #expect(tensors[0]["tokens"]?[0]?["text"]?.string?.isEmpty == false)
  }

  /// A model of two tokens, the second of which would colour the terminal.
  private func model(_ folder: TemporaryFolder, _ name: String, _ values: [Float]) throws {
    let rows = values.count / 2
    try folder.makeFolder(name)
    try folder.write(
      "\(name)/model.safetensors",
      TinySafetensors.bytes([
        .f32("model.embed_tokens.weight", [rows, 2], values),
        .f32("\(name).extra", [2], [1, 2]), .f32("model.norm.weight", [2], [1, 1]),
        TinyTensor("spectrum", "C64", [1], bytes: Array("\(name)-name".utf8.prefix(8))),
      ]))
    let vocabulary = #"{"model":{"vocab":{"a":0,"\u001b[31m":1,"new":2}}}"#
    try folder.write("\(name)/tokenizer.json", Array(vocabulary.utf8))
  }

  @Test func listsSayWhatHasNoRow() throws {
    let folder = try TemporaryFolder()
    try model(folder, "one1", [1, 2, 3, 4])
    try model(folder, "two2", [1, 2, 3, 6, 6, 8])
    let paths = [folder.path("one1"), folder.path("two2")]
    let outcome = try LetheProcess.run("diff", paths[0], paths[1])
    #expect(outcome.status == 0)
    #expect(outcome.output.contains(#"'\u{1B}[31m'"#))
    #expect(!outcome.output.contains("\u{1B}"))
    #expect(
      outcome.output.contains(
        "model.embed_tokens.weight [2, 2] to [3, 2], 2 rows compared; 1 more in the other, L2 10.00"
      ))
    #expect(outcome.output.contains("  one1.extra to two2.extra: equal values in a sample\n"))
    #expect(outcome.output.contains("  spectrum: C64 cannot be decoded; different bytes\n"))
    #expect(
      outcome.output.contains(
        "1 tensor of another shape, 1 tensor renamed, 1 tensor that cannot be"))
    let json = try LetheProcess.run("diff", paths[0], paths[1], "--format", "json")
    let document = try JSONValue(parsing: json.output)
    #expect(document["tensors"]?[0]?["tokens"]?[0]?["text"]?.string == "\u{1B}[31m")
    let extra = document["resized"]?[0]?["extra_rows"]
    #expect(extra?["count"] == 1)
    #expect(extra?["rows"]?[0]?["text"] == "new")
    #expect(extra?["rows"]?[0]?["l2"]?.double == 10)
    #expect(document["not_compared"]?[0]?["has_same_bytes"] == false)
  }

  @Test func whatIsNamedDifferentlyIsADifference() throws {
    let folder = try TemporaryFolder()
    for name in ["one1", "two2"] {
      try folder.write(
        "\(name).safetensors",
        TinySafetensors.bytes([.f32("\(name).w", [2], [1, 2]), .f32("b", [1], [1])]))
    }
    let paths = ["one1", "two2"].map { folder.path("\($0).safetensors") }
    #expect(try LetheProcess.run("diff", paths[0], paths[1], "--exit-code").status == 1)
    #expect(try LetheProcess.run("diff", paths[0], paths[0], "--exit-code").status == 0)
    #expect(try LetheProcess.run("drift", paths[0], paths[1], "--exit-code").status == 1)
  }
}
