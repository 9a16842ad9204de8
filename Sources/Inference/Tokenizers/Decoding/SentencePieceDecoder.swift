/// Turns pieces into text as `sentencepiece` does.
struct SentencePieceDecoder: Sendable {
  private static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]

  private let controls: Set<[UInt8]>
  private let bytePieces: Set<[UInt8]>
  private let unknown: Set<[UInt8]>
  private let unknownText: [UInt8]
  private let dropsFirstSpace: Bool
  private let dropsAllFirstSpaces: Bool

  /// Creates the decoder of a model.
  init(_ pieces: SentencePieces) {
    func spellings(_ kind: SentencePieces.Kind) -> Set<[UInt8]> {
      Set(pieces.pieces.filter { $0.kind == kind }.map(\.bytes))
    }
    controls = spellings(.control)
    bytePieces = spellings(.byte)
    unknown = spellings(.unknown)
    unknownText = pieces.unknownText
    dropsAllFirstSpaces = pieces.normalizer.removesExtraSpaces
    dropsFirstSpace = pieces.normalizer.addsDummyPrefix || dropsAllFirstSpaces
  }

  /// The text of pieces.
  func text(of pieces: [[UInt8]]) -> [UInt8] {
    let mark = SentencePieceNormalizer.spaceMark
    var text: [UInt8] = []
    var bytes: [UInt8] = []
    var hasDroppedSpace = false
    for piece in pieces {
      if bytePieces.contains(piece), let byte = ByteTokens.byte(of: piece) {
        bytes.append(byte)
        continue
      }
      Self.append(bytes, to: &text)
      bytes = []
      let isFirst = text.isEmpty && !hasDroppedSpace
      hasDroppedSpace = false
      if controls.contains(piece) { continue }
      if unknown.contains(piece) {
        text += unknownText
        continue
      }
      let span = piece.span
      var position = 0
      if isFirst, dropsFirstSpace, span.hasBytes(mark, at: 0) {
        position = mark.count
        hasDroppedSpace = !dropsAllFirstSpaces
      }
      while position < piece.count {
        if span.hasBytes(mark, at: position) {
          text.append(UInt8(ascii: " "))
          position += mark.count
        } else {
          text.append(piece[position])
          position += 1
        }
      }
    }
    Self.append(bytes, to: &text)
    return text
  }

  /// Adds bytes; each that is no part of UTF-8 becomes U+FFFD.
  private static func append(_ bytes: [UInt8], to text: inout [UInt8]) {
    var position = 0
    while position < bytes.count {
      let length = (1...4).first { length in
        position + length <= bytes.count
          && String(validating: bytes[position..<position + length], as: UTF8.self) != nil
      }
      text += length.map { bytes[position..<position + $0] } ?? replacement[...]
      position += length ?? 1
    }
  }
}
