import Core
import Foundation
import OrderedCollections
import TestSupport
import Testing

@testable import Inference

/// Trained tokenizers of every kind against `tokenizers` and `sentencepiece` (golden files).
struct TokenizerFilesGoldenTests {
  private static let folder = "tokenizers"

  /// The golden ids; `nil` members make the tests fail.
  private static let document = try? Golden.document("\(folder)/ids.json")

  static let names = document?["ids"]?.object.map { Array($0.keys) } ?? []

  private static func path(_ name: String) -> String {
    let json = Fixtures.path("golden/\(folder)/\(name).json")
    return FileManager.default.fileExists(atPath: json)
      ? json : Fixtures.path("golden/\(folder)/\(name).model")
  }

  @Test func `there are goldens of every kind`() {
    #expect(Self.names.count >= 23)
    #expect(Self.document?["texts"]?.array?.count ?? 0 >= 260)
  }

  @Test(arguments: names)
  func `ids equal those of the package that reads the same file`(_ name: String) throws {
    let tokenizer = try Tokenizer(path: Self.path(name))
    let texts = try #require(Self.document?["texts"]?.array).compactMap(\.string)
    let expected = try #require(Self.document?["ids"]?[name]?.array).map(\.integers)
    try #require(texts.count == expected.count)
    for (text, ids) in zip(texts, expected) {
      #expect(tokenizer.encode(text) == ids, "\(text.debugDescription)")
    }
  }

  @Test(arguments: names)
  func `decoded text equals that of the package`(_ name: String) throws {
    let tokenizer = try Tokenizer(path: Self.path(name))
    let ids = try #require(Self.document?["ids"]?[name]?.array).map(\.integers)
    let expected = try #require(Self.document?["decoded"]?[name]?.array).compactMap(\.string)
    for (index, text) in expected.enumerated() {
      // Compared as bytes: Swift's string equality ignores how accents are composed.
      #expect(Array(try tokenizer.decode(ids[5 * index]).utf8) == Array(text.utf8))
    }
  }

  @Test(arguments: names)
  func `a tokenizer that has worked before gives the same ids`(_ name: String) throws {
    let tokenizer = try Tokenizer(path: Self.path(name))
    let texts = try #require(Self.document?["texts"]?.array).compactMap(\.string)
    let first = texts.map { tokenizer.encode($0) }
    let text = texts.joined(separator: " ")
    let whole = tokenizer.encode(text)
    #expect(texts.reversed().map { tokenizer.encode($0) } == first.reversed())
    #expect(try Tokenizer(path: Self.path(name)).encode(text) == whole)
  }

  @Test func `tokenizers are told apart by their content, not by their file`() throws {
    let hashes = try Self.names.map { try Tokenizer(path: Self.path($0)).contentHash }
    for (index, hash) in hashes.enumerated() {
      for earlier in hashes[..<index].indices {
        let ids = Self.document?["ids"]
        // Two patterns may cut so alike that no text tells them apart.
        #expect(
          hashes[earlier] != hash || ids?[Self.names[earlier]] == ids?[Self.names[index]],
          "\(Self.names[earlier]) and \(Self.names[index])")
      }
    }
    let folder = try TemporaryFolder()
    let copy = try folder.write(
      "tokenizer.json", Array(try Data(contentsOf: URL(filePath: Self.path("llama3")))))
    let index = try #require(Self.names.firstIndex(of: "llama3"))
    #expect(try Tokenizer(path: copy).contentHash == hashes[index])
  }
}
