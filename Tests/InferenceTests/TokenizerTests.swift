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
      "post_processor": "null", "decoder": #"{"type": "ByteLevel"}"#,
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
    Refusal(changes: ["model": #"{"type": "Unigram"}"#], message: "is missing"),
    Refusal(
      changes: ["model": #"{"type": "WordLevel", "vocab": {}}"#],
      message: "type 'WordLevel' is not supported"),
    Refusal(
      changes: ["model": #"{"type": "BPE", "vocab": {"a": -1}, "merges": []}"#],
      message: "token 'a' has no id from 0 to 4194303"),
    Refusal(
      changes: ["model": #"{"type": "BPE", "vocab": {"a": 99999999999}, "merges": []}"#],
      message: "token 'a' has no id from 0 to 4194303"),
    Refusal(
      changes: ["model": #"{"type": "BPE", "vocab": {"a": 0}, "merges": ["a b"]}"#],
      message: "merge 0 needs 'b', which is not in the vocabulary"),
    Refusal(
      changes: ["model": #"{"type": "BPE", "vocab": {"a": 0}, "merges": ["a"]}"#],
      message: "merge 0 is not a pair of tokens"),
    Refusal(
      changes: ["model": #"{"type": "BPE", "vocab": {}, "merges": [], "unk_token": "?"}"#],
      message: "'?' is not in the vocabulary"),
    Refusal(
      changes: ["model": #"{"type": "BPE", "vocab": {}, "merges": [], "dropout": 0.1}"#],
      message: "'dropout' of 0.1 is not supported"),
    Refusal(
      changes: ["model": #"{"type": "Unigram", "vocab": [["a", -1.5]]}"#],
      message: "is missing, and unknown characters need it"),
    Refusal(
      changes: ["model": #"{"type": "Unigram", "vocab": [["a", -1.5]], "unk_id": 1}"#],
      message: "1 is not in the vocabulary of 1"),
    Refusal(
      changes: ["model": #"{"type": "Unigram", "vocab": [["a"]], "unk_id": 0}"#],
      message: "entry 0 is not a token and its score"),
    Refusal(
      changes: ["model": #"{"type": "WordPiece", "vocab": {"a": 0}}"#],
      message: "'[UNK]' is not in the vocabulary"),
    Refusal(
      changes: [
        "post_processor": #"""
        {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>"}}],
         "special_tokens": {"<s>": {"id": "<s>", "ids": [999999], "tokens": ["<s>"]}}}
        """#
      ], message: "token 999999 of '<s>' is not in the vocabulary"),
    Refusal(
      changes: [
        "post_processor": #"{"type": "BertProcessing", "cls": ["x", 50], "sep": ["a", 0]}"#
      ],
      message: "'cls' is not a token of the vocabulary and its id"),
    Refusal(changes: ["normalizer": #"{"type": "Gone"}"#], message: "type 'Gone' is not supported"),
    Refusal(
      changes: ["normalizer": #"{"type": "Precompiled", "precompiled_charsmap": "AAAA"}"#],
      message: "'precompiled_charsmap' is damaged"),
    Refusal(
      changes: [
        "pre_tokenizer": #"""
        {"type": "Sequence", "pretokenizers": [
          {"type": "Split", "pattern": {"Regex": "(a"}, "behavior": "Isolated"},
          {"type": "ByteLevel"}]}
        """#
      ], message: #"the expression '(a' is not supported"#),
    Refusal(
      changes: [
        "pre_tokenizer":
          #"{"type": "Split", "pattern": {"String": "a"}, "behavior": "Sometimes"}"#
      ], message: "behavior 'Sometimes' is not supported"),
    Refusal(
      changes: ["pre_tokenizer": #"{"type": "UnicodeScripts"}"#],
      message: "type 'UnicodeScripts' is not supported"),
    Refusal(
      changes: ["decoder": #"{"type": "CTC"}"#], message: "type 'CTC' is not supported"),
    Refusal(
      changes: ["added_tokens": #"[{"content": "x"}]"#], message: "has no id or no content"),
    Refusal(
      changes: ["added_tokens": #"[{"content": "x", "id": 4194304}]"#],
      message: "id 4194304 is not from 0 to 4194303"),
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

  /// The pieces that a step leaves of a text.
  private static func pieces(_ step: PreTokenizerStep, _ text: String) -> [[UInt8]] {
    let bytes = Array(text.utf8)
    var pieces = TextPieces(bytes: bytes, ranges: [0..<bytes.count], startsAtOrigin: true)
    step.apply(to: &pieces)
    return pieces.ranges.map { Array(pieces.bytes[$0]) }
  }

  private static func pieces(_ step: PreTokenizerStep, _ text: String) -> [String] {
    pieces(step, text).map { String(decoding: $0, as: UTF8.self) }
  }

  static let llama3 =
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|"#
    + #" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#

  /// LLaMA 3's expression by hand, in steps, and by the library: what `tokenizers` cuts by it.
  @Test(arguments: [llama3, "(?:\(llama3))", "(?>\(llama3))"])
  func `an expression cuts text as tokenizers does`(_ source: String) throws {
    let pattern = try #require(SplitPattern(expression: source))
    let pieces: [String] = Self.pieces(
      .split(pattern, .isolated, isInverted: false), "I'LL pay $12345.67!!\n\n  now\u{B} ok  ")
    #expect(
      pieces == [
        "I", "'LL", " pay", " $", "123", "45", ".", "67", "!!\n\n", " ", " now", "\u{B}", " ok",
        "  ",
      ])
  }

  @Test(arguments: [
    (SplitBehavior.removed, ["a", "b", "c"]), (.isolated, ["a", "-", "b", "-", "-", "c"]),
    (.contiguous, ["a", "-", "b", "--", "c"]), (.mergedWithPrevious, ["a-", "b-", "-", "c"]),
    (.mergedWithNext, ["a", "-b", "-", "-c"]),
  ])
  func `matches go where the behavior says`(_ behavior: SplitBehavior, _ expected: [String]) {
    let step = PreTokenizerStep.split(
      SplitPattern(literal: [UInt8(ascii: "-")]), behavior, isInverted: false)
    #expect(Self.pieces(step, "a-b--c") == expected)
  }

  @Test func `digits are cut off alone or together`() {
    #expect(Self.pieces(.digits(isIndividual: false), "ab12½c3") == ["ab", "12½", "c", "3"])
    #expect(Self.pieces(.digits(isIndividual: true), "ab12½c3") == ["ab", "1", "2", "½", "c", "3"])
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
  func `text is cut into words as GPT-2's expression does`(_ expected: Words) throws {
    let pattern = try #require(SplitPattern(expression: WordMatcher.gpt2Pattern))
    #expect(pattern.words == .gpt2)
    // Compared as bytes: Swift's string equality ignores how accents are composed.
    #expect(
      Self.pieces(.split(pattern, .isolated, isInverted: false), expected.text)
        == expected.words.map { Array($0.utf8) })
  }

  @Test func `tokens that look alike are told apart by their bytes`() throws {
    let model = #"""
      {"type": "WordPiece", "unk_token": "?", "vocab": {"?": 0, "\u00e9": 1, "e\u0301": 2}}
      """#
    let tokenizer = try Tokenizer(
      path: Self.write(["model": model, "pre_tokenizer": #"{"type": "WhitespaceSplit"}"#]))
    #expect(tokenizer.encode("e\u{301} \u{e9}") == [2, 1])
  }

  @Test func `scores are read to the bit that tokenizers reads`() {
    #expect(TokenScore.value(of: "-2.012292861938477") == -2.012292861938477)
    // The nearest double is another one: digits and power are rounded by themselves.
    #expect(TokenScore.value(of: "-5.1234567890123457") == -5.123456789012345)
    #expect(Double("-5.1234567890123457") != -5.123456789012345)
    #expect(TokenScore.value(of: "-10.5e-1") == -1.05)
    #expect(TokenScore.value(of: "0") == 0)
    #expect(TokenScore.value(of: "123456789012345678901234") == 12345678901234567890.0 * 1e4)
  }

  @Test(arguments: ["YQ==", "YWI=", "YWJj", "", "//79"])
  func `Base64 is read as Foundation reads it`(_ text: String) throws {
    let expected = try #require(Data(base64Encoded: text))
    #expect(Base64.decoded(Array(text.utf8).span) == Array(expected))
  }

  @Test(arguments: ["YQ=", "Y===", "Y!==", "YWJjZ"])
  func `what is no Base64 is refused`(_ text: String) {
    #expect(Base64.decoded(Array(text.utf8).span) == nil)
  }

  struct Damage: CustomTestStringConvertible {
    var name: String
    var bytes: [UInt8]
    var message: String
    var testDescription: String { message }
  }

  static let damages = [
    Damage(
      name: "a.model", bytes: [0x0A, 0x05, 0x0A],
      message: "is not a SentencePiece model: needs 5 bytes, 1 are left"),
    Damage(
      name: "a.model", bytes: [0x0B],
      message:
        "is not a SentencePiece model: field type 3 is none of protocol buffers"),
    Damage(name: "a.model", bytes: [], message: "is not a SentencePiece model: it has no pieces"),
    Damage(
      name: "a.model", bytes: [0x0A, 0x03, 0x0A, 0x01, 0x61], message: "has no unknown token"),
    Damage(name: "a.model", bytes: [0x0A, 0x02, 0x18, 0x01], message: "piece 0 is not a text"),
    Damage(
      name: "a.tiktoken", bytes: Array("YQ== 0\nYg== 5\n".utf8), message: "rank is 5, expected 1"),
    Damage(
      name: "a.tiktoken", bytes: Array("YQ== 0\nYg 1\n".utf8),
      message: "is not a token and its rank"),
    Damage(
      name: "a.tiktoken", bytes: Array("YQ== 0\n".utf8),
      message: "a tiktoken file of 1 tokens does not say how text is cut"),
    Damage(name: "vocab.json", bytes: Array("{\"a\": 0}".utf8), message: "no such file or folder"),
  ]

  @Test(arguments: damages)
  func `a damaged file is one clear error`(_ damage: Damage) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(damage.name, damage.bytes)
    let error = #expect(throws: InputError.self) { try Tokenizer(path: path) }
    #expect(error?.message == damage.message)
    #expect(error?.path?.hasPrefix(folder.path) == true)
  }

  @Test func `every cut of a SentencePiece model is an error or a tokenizer`() throws {
    let path = Fixtures.path("golden/tokenizers/pieces-unigram.model")
    let bytes = try Data(contentsOf: URL(filePath: path))
    let folder = try TemporaryFolder()
    for count in stride(from: 0, to: bytes.count, by: 97) {
      let cut = try folder.write("cut.model", Array(bytes.prefix(count)))
      do {
        let tokenizer = try Tokenizer(path: cut)
        #expect(!tokenizer.encode("a text").isEmpty)
      } catch {
        #expect(error is InputError)
      }
    }
  }

  @Test func `a vocabulary and merges of their own are read as GPT-2's`() throws {
    let folder = try TemporaryFolder()
    let vocabulary = #"{"a": 0, "b": 1, "ab": 2, "\u0120": 3, "<|endoftext|>": 4}"#
    let path = try folder.write("vocab.json", vocabulary)
    try folder.write("merges.txt", "#version: 0.2\na b\n")
    let tokenizer = try Tokenizer(path: path)
    #expect(tokenizer.encode("ab a<|endoftext|>b") == [2, 3, 0, 4, 1])
    #expect(try tokenizer.decode([2, 3, 0, 4]) == "ab a<|endoftext|>")
    try folder.write("tokenizer_config.json", #"{"tokenizer_class": "CLIPTokenizer"}"#)
    let error = #expect(throws: InputError.self) { try Tokenizer(path: path) }
    #expect(
      error?.message
        == "tokenizer class 'CLIPTokenizer' is not supported without a 'tokenizer.json'")
  }
}
