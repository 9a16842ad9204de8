import Core

/// The pieces in a `tokenizer.model` of SentencePiece, by id.
///
/// The file is a message of protocol buffers: field 1, once for each piece, is a message whose field
/// 1 is the text. Everything else is stepped over.
enum SentencePieceVocabulary {
  /// The names that such files go by.
  static let fileNames = ["tokenizer.model", "spiece.model", "sentencepiece.bpe.model"]

  /// Reads the pieces.
  ///
  /// - Throws: ``CheckpointError`` if the file is none of SentencePiece, or is cut off.
  static func pieces(path: String) throws(CheckpointError) -> [[UInt8]] {
    let file: MappedFile
    do { file = try MappedFile(path: path) } catch { throw CheckpointError(error, path: path) }
    var cursor = ByteCursor(file)
    var pieces: [[UInt8]] = []
    while cursor.remaining > 0 {
      let field = try Field(&cursor)
      guard field.number == 1, let range = field.content else { continue }
      var piece = ByteCursor(file, in: range)
      var text: [UInt8]?
      while piece.remaining > 0 {
        let part = try Field(&piece)
        if part.number == 1, let range = part.content { text = file.copy(range) }
      }
      guard let text else {
        throw CheckpointError(
          .unreadable(reason: "piece \(pieces.count) has no text"), path: path,
          offset: range.lowerBound)
      }
      pieces.append(text)
    }
    return pieces
  }

  /// One field of a message.
  private struct Field {
    var number: UInt64
    /// Where its bytes are, for one that has a length; `nil` for a number.
    var content: Range<Int>?

    init(_ cursor: inout ByteCursor) throws(CheckpointError) {
      let tag = try Self.readNumber(&cursor)
      number = tag >> 3
      switch tag & 7 {
      case 0: _ = try Self.readNumber(&cursor)
      case 1: try cursor.skip(8, "a number of 8 bytes")
      case 2:
        let length = try Self.readNumber(&cursor)
        let start = cursor.offset
        try cursor.skip(length, "a field of a message")
        content = start..<cursor.offset
      case 5: try cursor.skip(4, "a number of 4 bytes")
      default:
        throw CheckpointError(
          .unreadable(reason: "field type \(tag & 7) is none of protocol buffers"),
          path: cursor.file.path, offset: cursor.offset)
      }
    }

    /// Reads a number in groups of seven bits, the lowest first.
    private static func readNumber(_ cursor: inout ByteCursor) throws(CheckpointError) -> UInt64 {
      var number: UInt64 = 0
      for shift in stride(from: UInt64(0), to: 64, by: 7) {
        let byte = try cursor.read(UInt8.self, "a number")
        number |= UInt64(byte & 0x7f) << shift
        if byte < 0x80 { return number }
      }
      throw CheckpointError(
        .unreadable(reason: "a number of more than 64 bits"), path: cursor.file.path,
        offset: cursor.offset)
    }
  }
}
