import Core
import Foundation

/// Reads a SentencePiece model (`tokenizer.model`, `spiece.model`) into a pipeline.
struct SentencePieceFile {
  /// The kinds of model that are read.
  private static let unigramType: UInt64 = 1
  private static let bytePairType: UInt64 = 2

  private let path: String
  private let bytes: [UInt8]
  private var pieces = SentencePieces()
  private var modelType = unigramType
  private var beginID = 1
  private var endID = 2

  /// Reads a model.
  ///
  /// - Throws: `InputError` for bytes that are none.
  init(path: String, _ bytes: [UInt8]) throws {
    self.path = path
    self.bytes = bytes
    do {
      try readModel()
    } catch let damage as ProtocolBuffer.Damage {
      throw InputError(
        path: path, place: "at byte \(damage.offset)",
        "is not a SentencePiece model: \(damage.message)")
    }
    guard modelType == Self.unigramType || modelType == Self.bytePairType else {
      throw InputError(path: path, "SentencePiece models of type \(modelType) are not supported")
    }
    pieces.isUnigram = modelType == Self.unigramType
    guard !pieces.pieces.isEmpty else {
      throw InputError(path: path, "is not a SentencePiece model: it has no pieces")
    }
  }

  /// The tokenizer that the model describes.
  ///
  /// SentencePiece puts nothing around a text; what the model's own tokenizer puts there is known
  /// from the class that `tokenizer_config.json` names.
  func pipeline() throws -> TokenizerPipeline {
    let normalizer: [NormalizerStep] = [.sentencePiece(pieces.completeNormalizer)]
    let (model, cuts) = try pieces.model(path: path)
    var pipeline = TokenizerPipeline(
      spellings: pieces.spellings, addedTokens: AddedTokens([]) { _ in }, normalizer: normalizer,
      preTokenizer: cuts, model: model, postProcessor: PostProcessor(),
      decoder: [.sentencePiece(SentencePieceDecoder(pieces))])
    let begin = id(beginID)
    let end = id(endID)
    (pipeline.beginTokenID, pipeline.endTokenID) = (begin, end)
    guard let config = try SpecialTokens(besides: path) else { return pipeline }
    pipeline.maximumLength = config.maximumLength
    let kind = config.text("tokenizer_class") ?? ""
    let addsBegin =
      config.flag("add_bos_token") ?? (kind.contains("Llama") || kind.contains("Gemma"))
    let addsEnd = config.flag("add_eos_token") ?? kind.contains("T5")
    let before = addsBegin ? begin.map { [PostProcessor.Piece.token($0)] } ?? [] : []
    let after = addsEnd ? end.map { [PostProcessor.Piece.token($0)] } ?? [] : []
    if !before.isEmpty || !after.isEmpty {
      pipeline.postProcessor.templates = [before + [.text] + after]
    }
    return pipeline
  }

  /// An id, if the model has it.
  private func id(_ id: Int) -> Int? { pieces.pieces.indices.contains(id) ? id : nil }

  private mutating func readModel() throws {
    var reader = ProtocolBuffer(bytes)
    while let (field, value) = try reader.next() {
      guard case .bytes(let range) = value else { continue }
      switch field {
      case 1: try readPiece(range)
      case 2: try readTrainer(range)
      case 3: try readNormalizer(range)
      default: break
      }
    }
  }

  private mutating func readPiece(_ range: Range<Int>) throws {
    guard pieces.pieces.count < TokenSpellings.limit else {
      throw InputError(path: path, "has more than \(TokenSpellings.limit) pieces")
    }
    var piece = SentencePieces.Piece()
    var reader = ProtocolBuffer(bytes, in: range)
    while let (field, value) = try reader.next() {
      switch (field, value) {
      case (1, .bytes(let range)): piece.bytes = Array(bytes[range])
      case (2, .fixed32(let bits)): piece.score = Float(bitPattern: bits)
      case (3, .number(let number)):
        guard let kind = Int(exactly: number).flatMap(SentencePieces.Kind.init) else {
          throw InputError(path: path, "piece \(pieces.pieces.count) is of unknown type \(number)")
        }
        piece.kind = kind
      default: break
      }
    }
    guard !piece.bytes.isEmpty, String(validating: piece.bytes, as: UTF8.self) != nil else {
      throw InputError(path: path, "piece \(pieces.pieces.count) is not a text")
    }
    pieces.pieces.append(piece)
  }

  private mutating func readTrainer(_ range: Range<Int>) throws {
    var reader = ProtocolBuffer(bytes, in: range)
    while let (field, value) = try reader.next() {
      switch (field, value) {
      case (3, .number(let type)): modelType = type
      case (24, .number(let flag)): pieces.normalizer.treatsSpaceAsSuffix = flag != 0
      case (35, .number(let flag)): pieces.fallsBackToBytes = flag != 0
      case (41, .number(let id)): beginID = Int(truncatingIfNeeded: id)
      case (42, .number(let id)): endID = Int(truncatingIfNeeded: id)
      case (44, .bytes(let range)): pieces.unknownText = Array(bytes[range])
      default: break
      }
    }
  }

  private mutating func readNormalizer(_ range: Range<Int>) throws {
    var reader = ProtocolBuffer(bytes, in: range)
    while let (field, value) = try reader.next() {
      switch (field, value) {
      case (2, .bytes(let range)):
        guard !range.isEmpty else { continue }
        guard let map = CharacterMap(Array(bytes[range])) else {
          throw InputError(path: path, place: "normalizer_spec", "the character map is damaged")
        }
        pieces.normalizer.characterMap = map
      case (3, .number(let flag)): pieces.normalizer.addsDummyPrefix = flag != 0
      case (4, .number(let flag)): pieces.normalizer.removesExtraSpaces = flag != 0
      case (5, .number(let flag)): pieces.normalizer.escapesSpaces = flag != 0
      default: break
      }
    }
  }
}
