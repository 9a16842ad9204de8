public import Core
public import Formats

extension Tokenizer {
  /// How many neighbouring tokens make one text whose ids are compared.
  private static let blockLength = 48

  /// Texts that tokenizers are known to differ in.
  private static let probes = [
    "", " ", "a", " a", "  a  b   c    ", "\n\n \n\t x\r\n", "Hello, world!", "HELLO I'LL don't",
    "1234567890 12,345.678", "cafe\u{301} caf\u{e9} \u{fb01} \u{2160} \u{ff21}\u{3000}x",
    "\u{4e2d}\u{6587}\u{ff0c}\u{65e5}\u{672c}\u{8a9e}", "\u{915}\u{94d}\u{937}\u{93f}",
    "\u{1f469}\u{200d}\u{1f467}\u{fe0f}\u{10ffff}", "\u{0}\u{7f}\u{ad}\u{feff}", "<s></s><unk>",
    "if (a != b) {\n    return -1;\n}\n", "-----=====.....", "CamelCase XMLHttp IT'S 12345x",
    "a|b (c) [d], e. f!", "the the THE The", "\u{391}\u{3a3} \u{130} \u{df}", "1\u{bd}2\u{b2}3",
  ]

  /// What tells a checkpoint's tokenizer from another one: the same for `tokenizer.json` and the
  /// tokenizer in a GGUF file if both give the same ids.
  ///
  /// - Parameter checkpoint: The checkpoint.
  /// - Returns: See ``contentHash``.
  /// - Throws: As ``init(_:)`` does.
  public static func contentHash(of checkpoint: Checkpoint) throws -> ContentHash {
    try Tokenizer(checkpoint).contentHash
  }

  /// What tells the tokenizer from others, however it is written down: a hash of all tokens by id,
  /// and of the ids of texts that are made of all tokens in turn.
  public var contentHash: ContentHash {
    var hasher = ContentHasher()
    func add(_ ids: [Int]) {
      hasher.update(ids.count)
      for id in ids { hasher.update(id) }
    }
    hasher.update(prefixTokenID ?? -1)
    for probe in Self.probes { add(encode(probe)) }
    for token in addedTexts.prefix(8) {
      for probe in ["a\(token)b", "a \(token) b", "\(token)b"] { add(encode(probe)) }
    }
    var plain: [UInt8] = []
    var spelled: [UInt8] = []
    forEachToken { id, spelling in
      hasher.update(id)
      hasher.update(spelling.count)
      unsafe hasher.update(spelling.bytes)
      plain.append(contentsOf: ByteLevelAlphabet.bytes(of: spelling) ?? [])
      spelled.append(contentsOf: spelling)
      guard id % Self.blockLength == Self.blockLength - 1 else { return }
      add(encode(Self.text(plain), addsSpecialTokens: false))
      add(encode(Self.text(spelled), addsSpecialTokens: false))
      plain.removeAll(keepingCapacity: true)
      spelled.removeAll(keepingCapacity: true)
    }
    add(encode(Self.text(plain), addsSpecialTokens: false))
    add(encode(Self.text(spelled), addsSpecialTokens: false))
    return hasher.hash
  }

  /// Bytes as text, the mark of spaces being one.
  private static func text(_ bytes: [UInt8]) -> String {
    String(decoding: bytes, as: UTF8.self).replacing("\u{2581}", with: " ")
  }
}
