/// A shell pattern for names: `*`, `?`, `[abc]`, `[!abc]`, `[a-z]`.
struct NamePattern {
  private enum Piece {
    case anything
    case one
    case character(Character)
    case set(Set<Character>, ranges: [ClosedRange<Character>], isNegated: Bool)
  }

  private let pieces: [Piece]

  /// Whether a text holds a sign that makes it a pattern.
  static func isPattern(_ text: String) -> Bool {
    text.contains { "*?[".contains($0) }
  }

  init(_ text: String) {
    var pieces: [Piece] = []
    var rest = Substring(text)
    while let next = rest.popFirst() {
      switch next {
      case "*": pieces.append(.anything)
      case "?": pieces.append(.one)
      case "[":
        // A set may hold a closing bracket as its first member.
        let start = rest.hasPrefix("!") ? rest.dropFirst(2) : rest.dropFirst()
        if let end = start.firstIndex(of: "]") {
          pieces.append(Self.set(rest[..<end]))
          rest = rest[rest.index(after: end)...]
        } else {
          pieces.append(.character(next))
        }
      default: pieces.append(.character(next))
      }
    }
    self.pieces = pieces
  }

  private static func set(_ text: Substring) -> Piece {
    let isNegated = text.hasPrefix("!")
    var members = Array(isNegated ? text.dropFirst() : text)
    var ranges: [ClosedRange<Character>] = []
    while let dash = members.indices.dropFirst().dropLast().first(where: { members[$0] == "-" }) {
      if members[dash - 1] <= members[dash + 1] {
        ranges.append(members[dash - 1]...members[dash + 1])
      }
      members.removeSubrange((dash - 1)...(dash + 1))
    }
    return .set(Set(members), ranges: ranges, isNegated: isNegated)
  }

  /// Whether the pattern matches a whole name.
  func matches(_ name: String) -> Bool {
    // The set of positions in the pattern that the characters so far can have led to.
    var states = closure([0])
    for character in name {
      var next: Set<Int> = []
      for state in states where state < pieces.count {
        switch pieces[state] {
        case .anything: next.insert(state)
        case .one: next.insert(state + 1)
        case .character(let expected): if expected == character { next.insert(state + 1) }
        case .set(let members, let ranges, let isNegated):
          let isMember = members.contains(character) || ranges.contains { $0 ~= character }
          if isMember != isNegated { next.insert(state + 1) }
        }
      }
      states = closure(next)
    }
    return states.contains(pieces.count)
  }

  private func closure(_ states: Set<Int>) -> Set<Int> {
    var result = states
    for start in states {
      var state = start
      while state < pieces.count, case .anything = pieces[state] {
        state += 1
        result.insert(state)
      }
    }
    return result
  }
}
