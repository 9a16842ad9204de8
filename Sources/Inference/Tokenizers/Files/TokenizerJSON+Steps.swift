import Core

extension TokenizerJSON {
  // MARK: Normalizer

  /// The steps of a normalizer.
  func normalizerSteps(_ value: JSONValue, _ place: String) throws -> [NormalizerStep] {
    guard value != .null else { return [] }
    let type = value["type"]?.string ?? "none"
    if let form = NormalForm(rawValue: type) { return [.form(form)] }
    switch type {
    case "Sequence":
      return try (value["normalizers"]?.array ?? []).enumerated().flatMap { index, part in
        try normalizerSteps(part, "\(place).normalizers[\(index)]")
      }
    case "Lowercase": return [.lowercase]
    case "Strip":
      return [
        .strip(
          left: value["strip_left"]?.bool ?? true, right: value["strip_right"]?.bool ?? true)
      ]
    case "StripAccents": return [.stripAccents]
    case "Nmt": return [.nmt]
    case "Prepend": return [.prepend(try bytes(value, "prepend", place))]
    case "Replace":
      return [.replace(try pattern(value, place), with: try bytes(value, "content", place))]
    case "Precompiled": return try characterMap(value, place)
    case "ByteLevel": return [.spellBytes]
    case "BertNormalizer":
      let lowercases = value["lowercase"]?.bool ?? true
      return [
        .bert(
          .init(
            cleansText: value["clean_text"]?.bool ?? true,
            spacesChinese: value["handle_chinese_chars"]?.bool ?? true,
            stripsAccents: value["strip_accents"]?.bool ?? lowercases, lowercases: lowercases))
      ]
    default: throw unsupported(place, "type '\(type)'")
    }
  }

  private func characterMap(_ value: JSONValue, _ place: String) throws -> [NormalizerStep] {
    guard let text = value["precompiled_charsmap"]?.string else {
      throw invalid(place, "has no 'precompiled_charsmap'")
    }
    guard !text.isEmpty else { return [] }
    guard let bytes = Base64.decoded(Array(text.utf8).span), let map = CharacterMap(bytes) else {
      throw invalid(place, "'precompiled_charsmap' is damaged")
    }
    return [.characterMap(map)]
  }

  private func bytes(_ value: JSONValue, _ key: String, _ place: String) throws -> [UInt8] {
    guard let text = value[key]?.string else { throw invalid(place, "has no '\(key)'") }
    return Array(text.utf8)
  }

  /// The pattern of a step: an expression or a text.
  private func pattern(_ value: JSONValue, _ place: String) throws -> SplitPattern {
    if let text = value["pattern"]?["String"]?.string {
      return SplitPattern(literal: Array(text.utf8))
    }
    guard let source = value["pattern"]?["Regex"]?.string else {
      throw invalid(place, "has no pattern")
    }
    guard let pattern = SplitPattern(expression: source) else {
      throw unsupported(place, "the expression '\(source)'")
    }
    return pattern
  }

  // MARK: Pre-tokenizer

  /// The steps of a pre-tokenizer.
  func preTokenizerSteps(_ value: JSONValue, _ place: String) throws -> [PreTokenizerStep] {
    guard value != .null else { return [] }
    switch value["type"]?.string ?? "none" {
    case "Sequence":
      return try (value["pretokenizers"]?.array ?? []).enumerated().flatMap { index, part in
        try preTokenizerSteps(part, "\(place).pretokenizers[\(index)]")
      }
    case "ByteLevel":
      return (value["add_prefix_space"]?.bool ?? true ? [.prefixSpace] : [])
        + (value["use_regex"]?.bool ?? true ? try words(place) : []) + [.spellBytes]
    case "Split":
      return [
        .split(
          try pattern(value, place), try behavior(value, place),
          isInverted: value["invert"]?.bool ?? false)
      ]
    case "Digits": return [.digits(isIndividual: value["individual_digits"]?.bool ?? false)]
    case "Punctuation":
      return [.punctuation(value["behavior"] == nil ? .isolated : try behavior(value, place))]
    case "WhitespaceSplit": return [.whitespace]
    case "Whitespace":
      return [.words]
    case "BertPreTokenizer": return [.bert]
    case "CharDelimiterSplit":
      return [
        .split(
          SplitPattern(literal: try bytes(value, "delimiter", place)), .removed, isInverted: false)
      ]
    case "Metaspace": return [try metaspace(value, place)]
    case let type: throw unsupported(place, "type '\(type)'")
    }
  }

  private func words(_ place: String) throws -> [PreTokenizerStep] {
    [.split(try expression(WordMatcher.gpt2Pattern, place), .isolated, isInverted: false)]
  }

  private func expression(_ source: String, _ place: String) throws -> SplitPattern {
    guard let pattern = SplitPattern(expression: source) else {
      throw unsupported(place, "the expression '\(source)'")
    }
    return pattern
  }

  private func behavior(_ value: JSONValue, _ place: String) throws -> SplitBehavior {
    let name = value["behavior"]?.string ?? "none"
    guard let behavior = SplitBehavior(rawValue: name) else {
      throw unsupported(place, "behavior '\(name)'")
    }
    return behavior
  }

  private func metaspace(_ value: JSONValue, _ place: String) throws -> PreTokenizerStep {
    let prefix = try prefixScheme(value, place)
    return .metaspace(
      mark: try mark(value, place), prefix: prefix, splits: value["split"]?.bool ?? true)
  }

  private func mark(_ value: JSONValue, _ place: String) throws -> [UInt8] {
    let mark = value["replacement"]?.string ?? "\u{2581}"
    guard mark.unicodeScalars.count == 1 else {
      throw invalid(place, "'replacement' of '\(mark)' is not one character")
    }
    return Array(mark.utf8)
  }

  /// Older files have a flag where newer ones have a name.
  private func prefixScheme(
    _ value: JSONValue, _ place: String
  ) throws -> PreTokenizerStep.PrefixScheme {
    if value["add_prefix_space"]?.bool == false { return .never }
    guard let name = value["prepend_scheme"]?.string else { return .always }
    guard let scheme = PreTokenizerStep.PrefixScheme(rawValue: name) else {
      throw unsupported(place, "'prepend_scheme' of '\(name)'")
    }
    return scheme
  }

  // MARK: Decoder

  /// The steps of a decoder.
  func decoderSteps(_ value: JSONValue, _ place: String) throws -> [DecoderStep] {
    guard value != .null else { return [] }
    switch value["type"]?.string ?? "none" {
    case "Sequence":
      return try (value["decoders"]?.array ?? []).enumerated().flatMap { index, part in
        try decoderSteps(part, "\(place).decoders[\(index)]")
      }
    case "ByteLevel": return [.byteLevel]
    case "Metaspace":
      return [
        .metaspace(
          mark: try mark(value, place), dropsFirst: try prefixScheme(value, place) != .never)
      ]
    case "ByteFallback": return [.byteFallback]
    case "Fuse": return [.fuse]
    case "Replace":
      return [.replace(try pattern(value, place), with: try bytes(value, "content", place))]
    case "Strip":
      return [
        .strip(
          try bytes(value, "content", place), start: try count(value, "start", place),
          stop: try count(value, "stop", place))
      ]
    case "WordPiece":
      return [
        .wordPiece(
          prefix: Array((value["prefix"]?.string ?? "##").utf8),
          cleansUp: value["cleanup"]?.bool ?? true)
      ]
    case "BPEDecoder": return [.wordEnds(Array((value["suffix"]?.string ?? "</w>").utf8))]
    case let type: throw unsupported(place, "type '\(type)'")
    }
  }

  private func count(_ value: JSONValue, _ key: String, _ place: String) throws -> Int {
    guard let number = value[key] else { return 0 }
    guard let count = number.int, (0...Int(Int32.max)).contains(count) else {
      throw invalid(place, "'\(key)' of \(number.serialized()) is not a count")
    }
    return count
  }

  // MARK: Post-processor

  /// What is put around a text.
  func postProcessor(_ value: JSONValue) throws -> PostProcessor {
    PostProcessor(templates: try templates(value, "post_processor"))
  }

  private func templates(
    _ value: JSONValue, _ place: String
  ) throws -> [[PostProcessor.Piece]] {
    guard value != .null else { return [] }
    switch value["type"]?.string ?? "none" {
    case "ByteLevel": return []
    case "TemplateProcessing": return [try template(value, place)]
    case "BertProcessing", "RobertaProcessing":
      return [
        [
          .token(try pairedID(value, "cls", place)), .text,
          .token(try pairedID(value, "sep", place)),
        ]
      ]
    case "Sequence":
      return try (value["processors"]?.array ?? []).enumerated().flatMap { index, part in
        try templates(part, "\(place).processors[\(index)]")
      }
    case let type: throw unsupported(place, "type '\(type)'")
    }
  }

  private func pairedID(_ value: JSONValue, _ key: String, _ place: String) throws -> Int {
    let id = value[key]?[1]?.int
    guard let id, spellings[id] != nil else {
      throw invalid(place, "'\(key)' is not a token of the vocabulary and its id")
    }
    return id
  }

  private func template(_ value: JSONValue, _ place: String) throws -> [PostProcessor.Piece] {
    let place = "\(place).single"
    let pieces = try (value["single"]?.array ?? []).flatMap { piece -> [PostProcessor.Piece] in
      if piece["Sequence"] != nil { return [.text] }
      guard let name = piece["SpecialToken"]?["id"]?.string,
        let ids = value["special_tokens"]?[name]?["ids"]?.array
      else { throw invalid(place, "is not a list of special tokens and sequences") }
      return try ids.map { id in
        guard let id = id.int, spellings[id] != nil else {
          throw invalid(place, "token \(id.serialized()) of '\(name)' is not in the vocabulary")
        }
        return .token(id)
      }
    }
    guard pieces.count(where: { $0 == .text }) <= 1 else {
      throw unsupported(place, "a template that holds the text more than once")
    }
    return pieces
  }
}
