import Core

/// A template's text, and the errors that point into it.
struct TemplateSource: Sendable {
  /// The text in UTF-8, with every line end written as `\n`, as Jinja reads it.
  let bytes: [UInt8]
  /// How Jinja is set up.
  let dialect: TemplateDialect

  init(_ text: String, dialect: TemplateDialect = .tasks) {
    self.dialect = dialect
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    var followsReturn = false
    for byte in text.utf8 {
      if !(followsReturn && byte == 0x0a) { bytes.append(byte == 0x0d ? 0x0a : byte) }
      followsReturn = byte == 0x0d
    }
    // A chat template's last line end is no part of it.
    if dialect == .chat, bytes.last == 0x0a { bytes.removeLast() }
    self.bytes = bytes
  }

  /// An error at a place in the text.
  func error(at offset: Int, _ message: String, hint: String? = nil) -> InputError {
    let before = bytes.prefix(offset)
    let line = before.count { $0 == 0x0a } + 1
    let lineStart = before.lastIndex(of: 0x0a).map { $0 + 1 } ?? 0
    let column = String(decoding: before[lineStart...], as: UTF8.self).unicodeScalars.count + 1
    return InputError(place: "line \(line), column \(column)", message, hint: hint)
  }
}
