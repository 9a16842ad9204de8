/// All token sequences of a run as one tree: what sequences share at their start is there once.
///
/// Sequences are sorted, so each is the start of the one before it and a run of rows of its own.
/// Whoever goes through the runs in order, and holds one row for each position of the last sequence,
/// always holds what the next run stands on.
struct PromptTree: Sendable {
  /// One sequence: what the decoder reads.
  struct Sequence: Sendable {
    /// What the encoder reads, an index of ``contexts``; 0 where there is no encoder.
    var context: Int
    var tokens: [Int]
    /// How many tokens it shares with the sequence before it.
    var sharedCount: Int
    /// The first of its own rows, counted over the whole tree.
    var firstRow: Int

    /// Its own rows, counted over the whole tree.
    var rows: Range<Int> { firstRow..<firstRow + tokens.count - sharedCount }
  }

  /// A token whose probability is asked for.
  struct Target: Sendable, Equatable {
    /// The row that predicts it, counted over the whole tree.
    var row: Int
    var token: Int
    /// Which request asks.
    var request: Int
  }

  private(set) var sequences: [Sequence] = []
  /// What is asked, by rows.
  private(set) var targets: [Target] = []
  /// What encoders read, each once.
  private(set) var contexts: [[Int]] = []
  /// The rows of all sequences.
  private(set) var rowCount = 0
  /// The rows that there would be if each request were run by itself, those of encoders among them.
  private(set) var naiveRowCount = 0

  /// Builds the tree of requests.
  ///
  /// - Parameters:
  ///   - requests: The requests and their numbers.
  ///   - isShared: Whether requests share what they have in common; else each stands alone.
  init(_ requests: [(number: Int, request: RequestEncoder.Encoded)], isShared: Bool = true) {
    naiveRowCount = requests.reduce(0) { $0 + $1.request.fed.length }
    let contexts = Self.numbered(requests.map(\.request.fed.context), isShared: isShared)
    self.contexts = contexts.distinct
    let members = requests.indices.map { index in
      (context: contexts.numbers[index], request: index)
    }
    let sorted =
      isShared
      ? members.sorted { first, second in
        guard first.context == second.context else { return first.context < second.context }
        return requests[first.request].request.fed.input.lexicographicallyPrecedes(
          requests[second.request].request.fed.input)
      } : members
    // The row that each position of the last sequence stands in.
    var path: [Int] = []
    for member in sorted {
      let (number, request) = requests[member.request]
      let tokens = request.fed.input
      let previous = isShared ? sequences.last : nil
      let sharedCount =
        previous.map { $0.context == member.context ? Self.shared($0.tokens, tokens) : 0 } ?? 0
      sequences.append(
        Sequence(
          context: member.context, tokens: tokens, sharedCount: sharedCount, firstRow: rowCount))
      path.removeLast(path.count - sharedCount)
      path += rowCount..<rowCount + tokens.count - sharedCount
      rowCount += tokens.count - sharedCount
      let first = tokens.count - request.continuation.count
      for (place, token) in request.continuation.enumerated() {
        targets.append(Target(row: path[first + place], token: token, request: number))
      }
    }
    targets.sort { ($0.row, $0.request) < ($1.row, $1.request) }
  }

  /// The rows whose predictions are asked for.
  var scoredRowCount: Int {
    var last = -1
    return targets.reduce(0) { count, target in
      defer { last = target.row }
      return count + (target.row == last ? 0 : 1)
    }
  }

  /// All rows that are computed at least once, those of encoders among them.
  var sharedRowCount: Int { contexts.reduce(rowCount) { $0 + $1.count } }

  /// The longest sequence.
  var longestSequence: Int { sequences.reduce(0) { max($0, $1.tokens.count) } }

  /// The longest thing that an encoder reads.
  var longestContext: Int { contexts.reduce(0) { max($0, $1.count) } }

  /// A number for each list, the same for equal lists if they are shared, and the lists by number.
  private static func numbered(
    _ lists: [[Int]], isShared: Bool
  ) -> (numbers: [Int], distinct: [[Int]]) {
    guard isShared else { return (Array(lists.indices), lists) }
    var known: [[Int]: Int] = [:]
    var distinct: [[Int]] = []
    let numbers = lists.map { list in
      if let number = known[list] { return number }
      known[list] = distinct.count
      distinct.append(list)
      return distinct.count - 1
    }
    return (numbers, distinct)
  }

  /// How many tokens two sequences share at their start.
  private static func shared(_ first: [Int], _ second: [Int]) -> Int {
    let count = min(first.count, second.count)
    return (0..<count).first { first[$0] != second[$0] } ?? count
  }
}
