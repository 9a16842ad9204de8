public import Core
public import Formats

/// A model's own tokenizer, as its `tokenizer.json` or its GGUF file describes it.
///
/// Gives the ids that Hugging Face `tokenizers` gives when it reads the same file. Byte-level BPE is
/// supported, with text cut into GPT-2's words, by digits or by an expression, with added tokens and a template that adds special tokens; a file that asks for anything else is refused
/// rather than read approximately.
public struct Tokenizer: Sendable {
  /// The token before an empty context: the beginning of sequence, else the end; `nil` for neither.
  public let prefixTokenID: Int?
  /// One more than the largest id.
  public let vocabularySize: Int

  private let tokens: [Int: String]
  private let byteTokens: [Int32?]
  private let addedTokens: AddedTokens
  private let addedTokenContents: [Int: String]
  private let encoder: BytePairEncoder
  private let wholeWords: [String: Int32]?
  private let steps: [PreTokenizerStep]
  private let template: [TokenizerFile.TemplatePiece]

  /// Reads a tokenizer.
  ///
  /// - Parameter path: The path of a `tokenizer.json`; `tokenizer_config.json` beside it names the
  ///   special tokens.
  /// - Throws: `InputError` for a file that cannot be read or asks for what is not supported.
  public init(path: String) throws {
    self.init(try TokenizerFile(path: path))
  }

  /// Reads the tokenizer of a checkpoint: `tokenizer.json` beside it, else the one in the GGUF file.
  ///
  /// - Parameter checkpoint: The checkpoint.
  /// - Throws: `InputError` if there is none or it asks for what is not supported.
  public init(_ checkpoint: Checkpoint) throws {
    self.init(try TokenizerFile(checkpoint))
  }

  /// What tells a checkpoint's tokenizer from another one: the same for `tokenizer.json` and the
  /// tokenizer in a GGUF file if both give the same ids.
  ///
  /// - Parameter checkpoint: The checkpoint.
  /// - Returns: A hash of the vocabulary, the merges, the added tokens and the template.
  /// - Throws: As ``init(_:)`` does.
  public static func contentHash(of checkpoint: Checkpoint) throws -> ContentHash {
    try TokenizerFile(checkpoint).contentHash
  }

  init(_ file: TokenizerFile) {
    let byID = Dictionary(
      file.vocabulary.map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    addedTokenContents = Dictionary(
      file.addedTokens.map { ($0.id, $0.content) }, uniquingKeysWith: { first, _ in first })
    tokens = byID.merging(addedTokenContents) { _, added in added }
    vocabularySize = (tokens.keys.max() ?? -1) + 1
    byteTokens = ByteLevelAlphabet.characters.map { character in
      file.vocabulary[String(character)].map(Int32.init)
    }
    addedTokens = AddedTokens(file.addedTokens)
    encoder = BytePairEncoder(merges: file.merges)
    wholeWords = file.ignoresMerges ? file.vocabulary.mapValues(Int32.init) : nil
    steps = file.steps
    template = file.template
    prefixTokenID = file.prefixTokenID
  }

  /// The ids of a text.
  ///
  /// - Parameters:
  ///   - text: Any text.
  ///   - addsSpecialTokens: Whether the tokenizer's template may add tokens around it, such as a
  ///     beginning of sequence.
  /// - Returns: The ids, in the order of the text.
  public func encode(_ text: String, addsSpecialTokens: Bool = true) -> [Int] {
    var ids: [Int] = []
    for part in addedTokens.split(text) {
      switch part {
      case .token(let id): ids.append(id)
      case .text(let text): appendWords(of: text, to: &ids)
      }
    }
    guard addsSpecialTokens, !template.isEmpty else { return ids }
    return template.flatMap { piece in
      switch piece {
      case .token(let id): [id]
      case .text: ids
      }
    }
  }

  /// The token of an id as the vocabulary spells it, or `nil` for an id it does not have.
  public func token(_ id: Int) -> String? { tokens[id] }

  /// The text of ids; bytes that are not UTF-8 become U+FFFD.
  ///
  /// - Throws: `InputError` for an id that the vocabulary does not have.
  public func decode(_ ids: [Int]) throws -> String {
    var bytes: [UInt8] = []
    for id in ids {
      guard let token = tokens[id] else {
        throw InputError("token id \(id) is not in the vocabulary of \(vocabularySize)")
      }
      bytes +=
        addedTokenContents[id].map { Array($0.utf8) }
        ?? ByteLevelAlphabet.bytes(of: token) ?? Array(token.utf8)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func appendWords(of text: Substring, to ids: inout [Int]) {
    let words = steps.reduce([text]) { pieces, step in pieces.flatMap(step.pieces) }
    for word in words {
      if let wholeWords {
        let spelled = String(
          String.UnicodeScalarView(word.utf8.map { ByteLevelAlphabet.characters[Int($0)] }))
        if let id = wholeWords[spelled] {
          ids.append(Int(id))
          continue
        }
      }
      // Without an unknown token, bytes that the vocabulary lacks are dropped, as `tokenizers` does.
      let symbols = word.utf8.compactMap { byteTokens[Int($0)] }
      ids.append(contentsOf: encoder.encode(symbols).lazy.map(Int.init))
    }
  }
}
