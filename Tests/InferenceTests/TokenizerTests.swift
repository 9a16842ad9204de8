import Core
import Foundation
import TestSupport
import Testing

@testable import Inference

/// Small tokenizers written here, and files that must be refused.
struct TokenizerTests {
  /// A tokenizer over the letters a to c with two merges; `changes` replaces top-level keys.
  private static func write(_ changes: [String: String] = [:], config: String? = nil) throws
    -> String
  {
    let parts = [
      "model": #"""
      {"type": "BPE", "vocab": {"a": 0, "b": 1, "c": 2, "ab": 3, "abc": 4, "Ġ": 5, "bc": 6},
       "merges": ["a b", ["ab", "c"], "b c"]}
      """#,
      "added_tokens": #"[{"id": 7, "content": "<s>", "special": true}]"#,
      "normalizer": "null",
      "pre_tokenizer": #"{"type": "ByteLevel", "add_prefix_space": false, "use_regex": true}"#,
      "post_processor": "null",
    ].merging(changes) { _, new in new }
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appending(path: "tokenizer.json")
    let text = parts.map { "\"\($0)\": \($1)" }.joined(separator: ",\n")
    try Data("{\(text)}".utf8).write(to: file)
    if let config {
      try Data(config.utf8).write(to: folder.appending(path: "tokenizer_config.json"))
    }
    return file.path(percentEncoded: false)
  }

  @Test func `merges apply in the order of their rank`() throws {
    let tokenizer = try Tokenizer(path: Self.write())
    #expect(tokenizer.encode("abc") == [4])
    #expect(tokenizer.encode("bcab") == [6, 3])
    #expect(tokenizer.encode("abcabc") == [4, 4])
    #expect(tokenizer.encode("c a") == [2, 5, 0])
    #expect(tokenizer.encode("") == [])
    #expect(try tokenizer.decode([4, 5, 7, 0]) == "abc <s>a")
    #expect(tokenizer.vocabularySize == 8)
  }

  @Test func `bytes that the vocabulary lacks are dropped`() throws {
    #expect(try Tokenizer(path: Self.write()).encode("aéb") == [3])
  }

  @Test func `a template adds its tokens unless told not to`() throws {
    let tokenizer = try Tokenizer(
      path: Self.write([
        "post_processor": #"""
        {"type": "TemplateProcessing",
         "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}],
         "special_tokens": {"<s>": {"id": "<s>", "ids": [7], "tokens": ["<s>"]}}}
        """#
      ]))
    #expect(tokenizer.encode("ab") == [7, 3])
    #expect(tokenizer.encode("ab", addsSpecialTokens: false) == [3])
  }

  @Test func `ignore_merges takes a word that is a token whole`() throws {
    let model = #"""
      {"type": "BPE", "ignore_merges": true, "vocab": {"a": 0, "b": 1, "ba": 2}, "merges": []}
      """#
    let tokenizer = try Tokenizer(path: Self.write(["model": model]))
    #expect(tokenizer.encode("ba") == [2])
    #expect(tokenizer.encode("bab") == [1, 0, 1])
  }

  @Test func `the prefix token is the beginning of sequence, else the end`() throws {
    #expect(try Tokenizer(path: Self.write()).prefixTokenID == nil)
    #expect(
      try Tokenizer(path: Self.write(config: #"{"eos_token": {"content": "<s>"}}"#)).prefixTokenID
        == 7)
    #expect(
      try Tokenizer(path: Self.write(config: #"{"bos_token": "a", "eos_token": "<s>"}"#))
        .prefixTokenID == 0)
  }

  struct Refusal: CustomTestStringConvertible {
    var changes: [String: String]
    var message: String
    var testDescription: String { message }
  }

  static let refusals = [
    Refusal(
      changes: ["model": #"{"type": "Unigram"}"#], message: "type 'Unigram' is not supported"),
    Refusal(
      changes: ["model": #"{"type": "BPE", "vocab": {"a": -1}, "merges": []}"#],
      message: "token 'a' has no id from 0 to 2147483646"),
    Refusal(
      changes: ["model": #"{"type": "BPE", "vocab": {"a": 0}, "merges": ["a b"]}"#],
      message: "merge 0 needs 'b', which is not in the vocabulary"),
    Refusal(
      changes: ["model": #"{"type": "BPE", "vocab": {"a": 0}, "merges": ["a"]}"#],
      message: "merge 0 is not a pair of tokens"),
    Refusal(
      changes: ["model": #"{"type": "BPE", "vocab": {}, "merges": [], "byte_fallback": true}"#],
      message: "'byte_fallback' is not supported"),
    Refusal(
      changes: ["model": #"{"type": "BPE", "vocab": {}, "merges": [], "dropout": 0.1}"#],
      message: "'dropout' of 0.1 is not supported"),
    Refusal(
      changes: [
        "post_processor": #"""
        {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>"}}],
         "special_tokens": {"<s>": {"id": "<s>", "ids": [999999], "tokens": ["<s>"]}}}
        """#
      ], message: "token 999999 of '<s>' is not in the vocabulary"),
    Refusal(changes: ["normalizer": #"{"type": "NFC"}"#], message: "type 'NFC' is not supported"),
    Refusal(
      changes: [
        "pre_tokenizer": #"""
        {"type": "Sequence", "pretokenizers": [
          {"type": "Split", "pattern": {"Regex": "[\\S]"}, "behavior": "Isolated"},
          {"type": "ByteLevel"}]}
        """#
      ], message: #"the expression '[\S]' is not supported"#),
    Refusal(
      changes: ["pre_tokenizer": #"{"type": "Metaspace"}"#],
      message: "type 'Metaspace' is not supported"),
    Refusal(
      changes: ["added_tokens": #"[{"content": "x"}]"#], message: "has no id or no content"),
  ]

  @Test(arguments: refusals)
  func `a file that asks for something else is refused by name`(_ refusal: Refusal) throws {
    let path = try Self.write(refusal.changes)
    let error = #expect(throws: InputError.self) { try Tokenizer(path: path) }
    #expect(error?.message == refusal.message)
    #expect(error?.path == path)
    #expect(error?.place != nil)
  }

  @Test func `a file that is not JSON or not there is one clear error`() throws {
    let path = try Self.write(["normalizer": "nul"])
    let broken = #expect(throws: InputError.self) { try Tokenizer(path: path) }
    #expect(broken?.message.hasPrefix("not JSON") == true)
    let missing = #expect(throws: InputError.self) {
      try Tokenizer(path: "/nowhere/tokenizer.json")
    }
    #expect(missing?.path == "/nowhere/tokenizer.json")
  }

  /// LLaMA 3's expression, and what `tokenizers` cuts by it.
  @Test func `an expression cuts text as tokenizers does`() throws {
    let source =
      #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|"#
      + #" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    let pattern = try #require(SplitPattern(source))
    #expect(
      pattern.pieces(of: "I'LL pay $12345.67!!\n\n  now\u{B} ok  ").map(String.init) == [
        "I", "'LL", " pay", " $", "123", "45", ".", "67", "!!\n\n", " ", " now", "\u{B}", " ok",
        "  ",
      ])
  }

  @Test func `digits are cut off alone or together`() {
    func pieces(_ individual: Bool) -> [String] {
      PreTokenizerStep.digits(individual: individual).pieces(of: "ab12½c3").map(String.init)
    }
    #expect(pieces(false) == ["ab", "12½", "c", "3"])
    #expect(pieces(true) == ["ab", "1", "2", "½", "c", "3"])
  }

  struct Words: CustomTestStringConvertible {
    var text: String
    var words: [String]
    var testDescription: String { text.debugDescription }
  }

  static let words = [
    Words(text: "I'll don't 'S", words: ["I", "'ll", " don", "'t", " '", "S"]),
    Words(text: "a  b", words: ["a", " ", " b"]),
    Words(text: "a \n\n b  ", words: ["a", " \n\n", " b", "  "]),
    Words(text: "x=12ab!?", words: ["x", "=", "12", "ab", "!?"]),
    Words(text: "\ta\u{A0}b", words: ["\t", "a", "\u{A0}", "b"]),
    Words(text: "e\u{301}½٣", words: ["e", "\u{301}", "½٣"]),
  ]

  @Test(arguments: words)
  func `text is cut into words as GPT-2's expression does`(_ expected: Words) {
    // Compared as bytes: Swift's string equality ignores how accents are composed.
    #expect(
      WordSplitter.words(of: expected.text[...]).map { Array($0.utf8) }
        == expected.words.map { Array($0.utf8) })
  }
}
