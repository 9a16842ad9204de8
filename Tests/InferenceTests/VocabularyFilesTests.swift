import Core
import Formats
import Foundation
import TestSupport
import Testing

@testable import Inference

/// Published vocabularies of the test data, and the ids that were published with them.
@Suite(.enabled(if: TestData.has("vocab"), "needs the public vocabularies of the test data"))
struct VocabularyFilesTests {
  private static let separator = "\n__ggml_vocab_test__\n"

  struct Case: CustomTestStringConvertible {
    var file: String
    /// The name of the files with texts and ids.
    var vectors: String
    var testDescription: String { file }
  }

  static let cases =
    ["bert-bge", "deepseek-coder", "falcon", "gpt-2", "llama-spm"].map {
      Case(file: "ggml-vocab-\($0).gguf", vectors: "ggml-vocab-\($0).gguf")
    } + [
      Case(file: "llama3-tokenizer.model", vectors: "ggml-vocab-llama-bpe.gguf"),
      Case(file: "llama2-tokenizer.model", vectors: "ggml-vocab-llama-spm.gguf"),
      Case(file: "gpt2.tiktoken", vectors: "ggml-vocab-gpt-2.gguf"),
    ]

  private static func tokenizer(_ file: String) throws -> Tokenizer {
    let path = TestData.path("vocab/\(file)")
    return file.hasSuffix(".gguf")
      ? try Tokenizer(Checkpoint(path: path)) : try Tokenizer(path: path)
  }

  private static func text(_ file: String) throws -> String {
    String(
      decoding: try Data(contentsOf: URL(filePath: TestData.path("vocab/\(file)"))), as: UTF8.self)
  }

  @Test(arguments: cases)
  func `ids equal the published ones`(_ entry: Case) throws {
    let tokenizer = try Self.tokenizer(entry.file)
    let input = Array(try Self.text("\(entry.vectors).inp").utf8)
    let texts = Self.split(input, Array(Self.separator.utf8))
    let lines = try Self.text("\(entry.vectors).out").split(
      separator: "\n", omittingEmptySubsequences: false)
    try #require(texts.count == 47 && lines.count >= texts.count)
    for (text, line) in zip(texts, lines) {
      let ids = line.split(separator: " ").compactMap { Int($0) }
      #expect(
        tokenizer.encode(text, addsSpecialTokens: false) == ids, "\(text.debugDescription)")
    }
  }

  /// The texts between separators; a carriage return stays apart from the line feed after it.
  private static func split(_ bytes: [UInt8], _ separator: [UInt8]) -> [String] {
    var texts: [String] = []
    var start = 0
    var position = 0
    while position < bytes.count {
      if bytes[position...].starts(with: separator) {
        texts.append(String(decoding: bytes[start..<position], as: UTF8.self))
        position += separator.count
        start = position
      } else {
        position += 1
      }
    }
    return texts + [String(decoding: bytes[start...], as: UTF8.self)]
  }

  @Test func `T5's file gives the same ids as its SentencePiece model on plain text`() throws {
    let file = try Self.tokenizer("t5-small-tokenizer.json")
    let model = try Self.tokenizer("t5-base-spiece.model")
    let text = "Studies have shown that owning a dog is good for you. Häuser, 3.5 km!"
    let ids = file.encode(text, addsSpecialTokens: false)
    #expect(ids == model.encode(text))
    #expect(ids.count > 15)
    #expect(file.encode(text) == ids + [1])
    #expect(try file.decode(ids) == text)
  }

  @Test func `a vocabulary in GGUF names the tokens around a text`() throws {
    #expect(try Self.tokenizer("ggml-vocab-llama-spm.gguf").encode("a").first == 1)
    #expect(try Self.tokenizer("ggml-vocab-bert-bge.gguf").encode("a").first == 101)
    #expect(try Self.tokenizer("ggml-vocab-bert-bge.gguf").encode("a").last == 102)
    #expect(try Self.tokenizer("llama3-tokenizer.model").encode("a").first == 128_000)
  }
}
