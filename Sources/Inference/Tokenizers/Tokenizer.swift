import Core
public import Formats

/// A model's own tokenizer, as its files describe it.
///
/// Gives the ids that Hugging Face `tokenizers` gives when it reads the same `tokenizer.json`, and
/// where there is only a SentencePiece model, those that `sentencepiece` gives. A file that asks for
/// something that is not supported is refused rather than read approximately.
public struct Tokenizer: Sendable {
  /// The token before an empty context: the beginning of sequence, else the end; `nil` for neither.
  public var prefixTokenID: Int? { beginTokenID ?? endTokenID }
  /// The beginning of sequence; `nil` where none is named.
  public var beginTokenID: Int? { pipeline.beginTokenID }
  /// The end of sequence; `nil` where none is named.
  public var endTokenID: Int? { pipeline.endTokenID }
  /// How many tokens the model's makers say that it can read; `nil` where they do not.
  public var maximumLength: Int? { pipeline.maximumLength }
  /// One more than the largest id.
  public var vocabularySize: Int { pipeline.spellings.count }
  /// What a user should know before trusting the ids.
  public var warnings: [String] { pipeline.warnings }

  private let pipeline: TokenizerPipeline
  private let specialIDs: Set<Int>
  private let normalizedContents: [Int: [UInt8]]
  private let pool = ScratchPool { EncodingScratch() }

  /// Reads a tokenizer.
  ///
  /// - Parameter path: The path of a `tokenizer.json`; `tokenizer_config.json` beside it names the
  ///   special tokens.
  /// - Throws: `InputError` for a file that cannot be read or asks for what is not supported.
  public init(path: String) throws {
    self.init(try TokenizerFile.pipeline(path: path))
  }

  /// Reads the tokenizer of a checkpoint: the file beside it, else the one in the GGUF file.
  ///
  /// - Parameter checkpoint: The checkpoint.
  /// - Throws: `InputError` if there is none or it asks for what is not supported.
  public init(_ checkpoint: Checkpoint) throws {
    self.init(try TokenizerFile.pipeline(of: checkpoint))
  }

  init(_ pipeline: TokenizerPipeline) {
    self.pipeline = pipeline
    normalizedContents = pipeline.addedTokens.normalizedContents
    specialIDs = Set(pipeline.addedTokens.tokens.filter(\.isSpecial).map(\.id))
  }

  /// The ids of a text.
  ///
  /// - Parameters:
  ///   - text: Any text.
  ///   - addsSpecialTokens: Whether the tokenizer may add tokens around it, such as a beginning of
  ///     sequence.
  /// - Returns: The ids, in the order of the text.
  public func encode(_ text: String, addsSpecialTokens: Bool = true) -> [Int] {
    let bytes = Array(text.utf8)
    let ids = pool.with { pipeline.encode(bytes, &$0) }.map { Int($0) }
    return addsSpecialTokens ? pipeline.postProcessor.applied(to: ids) : ids
  }

  /// The token of an id as the vocabulary spells it, or `nil` for an id it does not have.
  ///
  /// Bytes that are not UTF-8 become U+FFFD.
  public func token(_ id: Int) -> String? {
    pipeline.spellings[id].map { String(decoding: $0, as: UTF8.self) }
  }

  /// The text of ids; bytes that are not UTF-8 become U+FFFD.
  ///
  /// - Parameters:
  ///   - ids: The ids.
  ///   - skipsSpecialTokens: Whether special tokens are left out.
  /// - Returns: The text.
  /// - Throws: `InputError` for an id that the vocabulary does not have.
  public func decode(_ ids: [Int], skipsSpecialTokens: Bool = false) throws -> String {
    var tokens: [[UInt8]] = []
    for id in ids {
      guard let token = pipeline.spellings[id] else {
        throw InputError("token id \(id) is not in the vocabulary of \(vocabularySize)")
      }
      guard !(skipsSpecialTokens && specialIDs.contains(id)) else { continue }
      tokens.append(normalizedContents[id] ?? token)
    }
    return String(decoding: pipeline.decode(tokens), as: UTF8.self)
  }

  /// The texts of added tokens, in the order of their ids.
  var addedTexts: [String] {
    pipeline.addedTokens.tokens.map { String(decoding: $0.content, as: UTF8.self) }
  }

  /// Calls a closure with each id and its token's bytes, in the order of the ids.
  func forEachToken(_ body: (_ id: Int, _ spelling: Span<UInt8>) -> Void) {
    pipeline.spellings.forEach(body)
  }
}
