import HeapModule

/// Byte-pair encoding as `sentencepiece` has it: joins the neighbours that make the best token.
struct SentencePieceBytePairs: Sendable {
  /// A pair that may be joined; stale once one of its symbols has changed.
  private struct Candidate: Comparable {
    var score: Float
    var left: Int
    var right: Int
    var length: Int

    /// Whether a candidate comes after another one: lower score, or further to the right.
    static func < (left: Candidate, right: Candidate) -> Bool {
      left.score != right.score ? left.score < right.score : left.left > right.left
    }
  }

  /// A piece of the text, part of a linked list; one without bytes was joined to its left.
  private struct Symbol {
    var start: Int
    var length: Int
    var previous: Int
    var next: Int
    /// Whether it is never joined (a user-defined symbol).
    var isFrozen: Bool
  }

  /// The tokens that are found in text.
  let vocabulary: TokenTable
  /// The score of each id.
  let scores: [Float]
  /// The ids that are taken apart again.
  let unused: Set<Int32>
  /// Symbols that are taken out of the text first.
  let userDefined: TokenTrie
  /// Tokens that are known by name only.
  let reserved: TokenTable
  /// The token for what the vocabulary lacks.
  let unknown: Int32
  /// The tokens of all bytes, which stand for unknown text; `nil` where they do not.
  let byteTokens: [Int32]?

  /// Adds the tokens of a text, which is not empty.
  func append(_ text: Span<UInt8>, to ids: inout [Int32]) {
    var symbols = symbols(of: text)
    var origins: [Range<Int>: Int] = [:]
    join(&symbols, text, &origins)
    var wasUnknown = false
    var index = 0
    while index >= 0 {
      let symbol = symbols[index]
      appendToken(
        symbol.start..<symbol.start + symbol.length, of: text, origins, &wasUnknown, to: &ids)
      index = symbol.next
    }
  }

  private func symbols(of text: Span<UInt8>) -> [Symbol] {
    var symbols: [Symbol] = []
    var start = 0
    while start < text.count {
      let found = userDefined.longestMatch(in: text, at: start)
      let length = found?.length ?? text.scalar(at: start).length
      symbols.append(
        Symbol(
          start: start, length: length, previous: symbols.count - 1, next: symbols.count + 1,
          isFrozen: found != nil))
      start += length
    }
    if !symbols.isEmpty { symbols[symbols.count - 1].next = -1 }
    return symbols
  }

  private func join(
    _ symbols: inout [Symbol], _ text: Span<UInt8>, _ origins: inout [Range<Int>: Int]
  ) {
    var heap = Heap<Candidate>()
    for right in symbols.indices.dropFirst() {
      offer(right - 1, right, symbols, text, &heap, &origins)
    }
    while let best = heap.popMax() {
      let left = symbols[best.left]
      let right = symbols[best.right]
      guard left.length > 0, right.length > 0, left.length + right.length == best.length else {
        continue
      }
      symbols[best.left].length = best.length
      symbols[best.left].next = right.next
      if right.next >= 0 { symbols[right.next].previous = best.left }
      symbols[best.right].length = 0
      offer(left.previous, best.left, symbols, text, &heap, &origins)
      offer(best.left, right.next, symbols, text, &heap, &origins)
    }
  }

  private func offer(
    _ left: Int, _ right: Int, _ symbols: [Symbol], _ text: Span<UInt8>,
    _ heap: inout Heap<Candidate>, _ origins: inout [Range<Int>: Int]
  ) {
    guard left >= 0, right >= 0, !symbols[left].isFrozen, !symbols[right].isFrozen else { return }
    let start = symbols[left].start
    let length = symbols[left].length + symbols[right].length
    guard let id = vocabulary[text.extracting(start..<start + length)] else { return }
    heap.insert(Candidate(score: scores[Int(id)], left: left, right: right, length: length))
    if unused.contains(id) { origins[start..<start + length] = symbols[right].start }
  }

  private func appendToken(
    _ range: Range<Int>, of text: Span<UInt8>, _ origins: [Range<Int>: Int],
    _ wasUnknown: inout Bool, to ids: inout [Int32]
  ) {
    let piece = text.extracting(range)
    let id = reserved[piece] ?? vocabulary[piece] ?? unknown
    if unused.contains(id), let middle = origins[range] {
      appendToken(range.lowerBound..<middle, of: text, origins, &wasUnknown, to: &ids)
      appendToken(middle..<range.upperBound, of: text, origins, &wasUnknown, to: &ids)
      return
    }
    if id == unknown, let byteTokens {
      for index in piece.indices { ids.append(byteTokens[Int(piece[index])]) }
    } else if !(id == unknown && wasUnknown) {
      ids.append(id)
    }
    wasUnknown = id == unknown
  }
}
