import Core
import Foundation
import OrderedCollections

/// The special tokens that `tokenizer_config.json` names.
struct SpecialTokens {
  private let path: String
  private let config: JSONValue

  /// Reads the file beside a tokenizer's; `nil` where there is none.
  init?(besides tokenizerPath: String) throws {
    path = URL(filePath: tokenizerPath).deletingLastPathComponent()
      .appending(path: "tokenizer_config.json").path(percentEncoded: false)
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    do {
      config = try JSONValue(parsing: MappedFile.contents(ofFile: path))
    } catch let error as JSONError {
      throw InputError(path: path, "not JSON: \(error)")
    }
  }

  /// Lengths that no model comes near; transformers writes 10³⁰ for none.
  private static let lengths = 1...(1 << 40)

  /// Tells a tokenizer where a sequence begins and ends, and how long it can be.
  ///
  /// - Parameters:
  ///   - pipeline: The tokenizer.
  ///   - id: The id of a token, by its text.
  /// - Throws: `InputError` for a token that is not in the vocabulary; an end that is not is none
  ///   where there is a beginning.
  func complete(_ pipeline: inout TokenizerPipeline, _ id: (String) -> Int?) throws {
    pipeline.maximumLength = maximumLength
    pipeline.beginTokenID = try text("bos_token").map { try known($0, "bos_token", id) }
    pipeline.endTokenID = try text("eos_token").flatMap {
      try pipeline.beginTokenID == nil ? known($0, "eos_token", id) : id($0)
    }
  }

  /// How long a sequence can be.
  var maximumLength: Int? {
    config["model_max_length"]?.int.flatMap { Self.lengths.contains($0) ? $0 : nil }
  }

  private func known(_ content: String, _ key: String, _ id: (String) -> Int?) throws -> Int {
    guard let id = id(content) else {
      throw InputError(path: path, place: "key '\(key)'", "'\(content)' is not in the vocabulary")
    }
    return id
  }

  /// The text of a special token.
  func text(_ key: String) -> String? { config[key]?.string ?? config[key]?["content"]?.string }

  /// The tokens that the file adds to the vocabulary.
  var addedTokens: [AddedTokens.Token] {
    get throws {
      try (config["added_tokens_decoder"]?.object ?? [:]).map { key, entry in
        guard let id = Int(key), (0..<TokenSpellings.limit).contains(id),
          let content = entry["content"]?.string
        else {
          throw InputError(
            path: path, place: "added_tokens_decoder", "'\(key)' is not an id with its token")
        }
        let isSpecial = entry["special"]?.bool ?? false
        return AddedTokens.Token(
          id: id, content: Array(content.utf8), stripsLeft: entry["lstrip"]?.bool ?? false,
          stripsRight: entry["rstrip"]?.bool ?? false,
          isSingleWord: entry["single_word"]?.bool ?? false,
          isNormalized: entry["normalized"]?.bool ?? !isSpecial, isSpecial: isSpecial)
      }
    }
  }

  /// Whether a flag is set; `nil` where it is not given.
  func flag(_ key: String) -> Bool? { config[key]?.bool }
}
