import Core
import Foundation
import TestSupport
import Testing

@testable import Formats

/// The texts of tokens, whichever file holds the vocabulary.
@Suite struct TokenTextTests {
  /// A message with one field that has a length.
  private func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
    [number << 3 | 2, UInt8(content.count)] + content
  }

  private func piece(_ text: String) -> [UInt8] {
    // The text, a score of four bytes, and a type.
    field(1, field(1, Array(text.utf8)) + [2 << 3 | 5, 0, 0, 0, 0] + [3 << 3, 1])
  }

  private func model(_ vocabulary: [UInt8]) throws -> TokenTexts? {
    let folder = try TemporaryFolder()
    try folder.write("model.safetensors", TinySafetensors.bytes([.f32("w", [1], [1])]))
    try folder.write("tokenizer.model", vocabulary)
    return TokenTexts(of: try Checkpoint(path: folder.path))
  }

  @Test func piecesOfSentencePieceAreRead() throws {
    let trailer = field(2, [1, 2, 3]) + [5 << 3 | 1] + Array(repeating: 0, count: 8)
    let texts = try #require(try model(piece("<unk>") + piece("▁a") + trailer + piece("\n")))
    #expect((0..<4).map { texts[$0] } == ["<unk>", " a", "\n", nil])
  }

  @Test func byteLevelTokensAreWrittenAsTheirBytes() throws {
    let folder = try TemporaryFolder()
    try folder.write("model.safetensors", TinySafetensors.bytes([.f32("w", [1], [1])]))
    try folder.write(
      "tokenizer.json",
      Array(
        #"{"added_tokens": [{"id": 4, "content": "<|end of text|>"}], "#
          .utf8)
        + Array(#""model": {"vocab": {"Ġthe": 0, "Ċ": 1, "Ã": 2, "Ã©": 3}}}"#.utf8))
    let texts = try #require(TokenTexts(of: try Checkpoint(path: folder.path)))
    #expect((0..<5).map { texts[$0] } == [" the", "\n", "\u{FFFD}", "é", "<|end of text|>"])
  }

  @Test(arguments: [
    [0x0a], [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], [0x0a, 5, 1],
    [0x0b], [0x0a, 2, 0x18, 1], Array(repeating: UInt8(0xff), count: 12),
    Array("IQ== 0\n".utf8),
  ])
  func otherFilesHaveNoTexts(bytes: [UInt8]) throws {
    #expect(try model(bytes) == nil)
  }

  @Test(.enabled(if: TestData.has("vocab/llama2-tokenizer.model"), "needs the shared test data"))
  func bothFilesOfLLaMAAgree() throws {
    let pieces = try SentencePieceVocabulary.pieces(
      path: TestData.path("vocab/llama2-tokenizer.model"))
    let converted = try Checkpoint(path: TestData.path("vocab/ggml-vocab-llama-spm.gguf"))
    #expect(pieces == (try converted.metadataArray("tokenizer.ggml.tokens")?.byteStrings()))
    #expect(pieces.count == 32_000)
    let texts = try #require(TokenTexts(of: converted))
    #expect(texts[29_871] == " ")
  }
}
