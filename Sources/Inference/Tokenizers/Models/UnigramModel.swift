/// Unigram: the tokens whose scores together are highest (Viterbi).
struct UnigramModel: Sendable {
  /// Whose sums are followed, to the last bit.
  enum Arithmetic: Sendable {
    /// `tokenizers`: doubles.
    case doubles
    /// `sentencepiece`: floats.
    case floats
  }

  /// One token of the vocabulary.
  struct Piece: Sendable {
    var bytes: [UInt8]
    var score: Double
    /// Whether it is found in text; the others are only known by name.
    var isMatched = true
    /// Whether its score grows with its length (a user-defined symbol of SentencePiece).
    var isUserDefined = false
  }

  /// How much less an unknown character counts than the least likely token.
  private static let unknownPenalty = 10.0

  private let trie: TokenTrie
  private let scores: [Double]
  private let vocabulary: TokenTable
  private let unknown: Int32
  private let unknownScore: Double
  /// The tokens of all bytes (-1 for none), which stand for unknown text; `nil` where they do not.
  private let byteTokens: [Int32]?
  private let arithmetic: Arithmetic
  private let userDefined: [Bool]
  private let longestBonus: Float

  /// Creates a model that counts as `tokenizers` does.
  init(pieces: [Piece], unknown: Int, byteTokens: [Int32]?) {
    var vocabulary = TokenTable(minimumCapacity: pieces.count)
    for (id, piece) in pieces.enumerated() { vocabulary.set(piece.bytes.span, Int32(id)) }
    let least = pieces.map(\.score).min() ?? 0
    self.init(
      pieces: pieces, vocabulary: vocabulary, unknown: Int32(unknown), byteTokens: byteTokens,
      unknownScore: least - Self.unknownPenalty, arithmetic: .doubles, longestBonus: 0)
  }

  /// Creates a model that counts as `sentencepiece` does.
  ///
  /// - Parameters:
  ///   - pieces: The tokens; their scores are floats.
  ///   - normal: Which of them are of the normal kind: the unknown score comes from those.
  ///   - unknown: The token for what the vocabulary lacks.
  ///   - byteTokens: The tokens of all bytes, if they stand for unknown text.
  init(sentencePieces pieces: [Piece], normal: [Bool], unknown: Int, byteTokens: [Int32]?) {
    var least = Float.greatestFiniteMagnitude
    var most = Float.leastNormalMagnitude
    for (piece, isNormal) in zip(pieces, normal) where isNormal {
      least = min(least, Float(piece.score))
      most = max(most, Float(piece.score))
    }
    self.init(
      pieces: pieces, vocabulary: TokenTable(), unknown: Int32(unknown), byteTokens: byteTokens,
      unknownScore: Double(least - Float(Self.unknownPenalty)), arithmetic: .floats,
      longestBonus: most)
  }

  private init(
    pieces: [Piece], vocabulary: TokenTable, unknown: Int32, byteTokens: [Int32]?,
    unknownScore: Double, arithmetic: Arithmetic, longestBonus: Float
  ) {
    trie = TokenTrie(
      pieces.enumerated().filter(\.element.isMatched).map { ($1.bytes, Int32($0)) })
    scores = pieces.map(\.score)
    userDefined = pieces.contains(where: \.isUserDefined) ? pieces.map(\.isUserDefined) : []
    self.vocabulary = vocabulary
    self.unknown = unknown
    self.byteTokens = byteTokens
    self.unknownScore = unknownScore
    self.arithmetic = arithmetic
    self.longestBonus = longestBonus
  }

  /// Adds the tokens of a word, which is not empty.
  func append(_ word: Span<UInt8>, to ids: inout [Int32], _ path: inout BestPath) {
    path.reset(length: word.count)
    switch arithmetic {
    case .doubles: find(&path, in: word)
    case .floats: findWithFloats(&path, in: word)
    }
    path.follow()
    appendSteps(of: path, in: word, to: &ids)
  }

  private func find(_ path: inout BestPath, in word: Span<UInt8>) {
    var start = 0
    while start < word.count {
      let scalarEnd = start + word.scalar(at: start).length
      let score = path.score(at: start)
      var hasSingle = false
      var node = TokenTrie.root
      var end = start
      while end < word.count, let next = trie.child(of: node, word[end]) {
        node = next
        end += 1
        let id = trie.value(at: node)
        guard id >= 0 else { continue }
        path.offer(id, from: start, to: end, score: scores[Int(id)] + score)
        if end == scalarEnd { hasSingle = true }
      }
      if !hasSingle {
        path.offer(unknown, from: start, to: scalarEnd, score: unknownScore + score)
      }
      start = scalarEnd
    }
  }

  /// Every sum is rounded to a float.
  private func findWithFloats(_ path: inout BestPath, in word: Span<UInt8>) {
    var start = 0
    while start < word.count {
      let scalarEnd = start + word.scalar(at: start).length
      let score = Float(path.score(at: start))
      var hasSingle = false
      var node = TokenTrie.root
      var end = start
      while end < word.count, let next = trie.child(of: node, word[end]) {
        node = next
        end += 1
        let id = trie.value(at: node)
        guard id >= 0 else { continue }
        path.offer(
          id, from: start, to: end,
          score: Double(floatScore(of: id, length: end - start) + score))
        if end == scalarEnd { hasSingle = true }
      }
      if !hasSingle {
        path.offer(
          unknown, from: start, to: scalarEnd, score: Double(Float(unknownScore) + score))
      }
      start = scalarEnd
    }
  }

  @inline(__always)
  private func floatScore(of id: Int32, length: Int) -> Float {
    guard !userDefined.isEmpty, userDefined[Int(id)] else { return Float(scores[Int(id)]) }
    return Float(Double(Float(length) * longestBonus) - 0.1)
  }

  private func appendSteps(of path: BestPath, in word: Span<UInt8>, to ids: inout [Int32]) {
    var index = 0
    while index < path.stepCount {
      let step = path.step(index)
      index += 1
      guard step.id == unknown else {
        ids.append(step.id)
        continue
      }
      var range = step.range
      while index < path.stepCount, path.step(index).id == unknown {
        range = range.lowerBound..<path.step(index).range.upperBound
        index += 1
      }
      appendUnknown(word.extracting(range), to: &ids)
    }
  }

  private func appendUnknown(_ text: Span<UInt8>, to ids: inout [Int32]) {
    // Text that only together is a token is found by its name, as in `tokenizers`.
    if let id = vocabulary[text] {
      ids.append(id)
      return
    }
    guard let byteTokens, text.indices.allSatisfy({ byteTokens[Int(text[$0])] >= 0 }) else {
      ids.append(unknown)
      return
    }
    for index in text.indices { ids.append(byteTokens[Int(text[index])]) }
  }
}
