/// Tokens in the shape of a tree, for all tokens that a text begins with.
struct TokenTrie: Sendable {
  /// One byte on the way to tokens; the children of a node lie side by side, in order of bytes.
  private struct Node {
    var firstChild: Int32
    /// How many children there are; -1 where ``firstChild`` is a row of ``rows``.
    var childCount: Int16
    var byte: UInt8
    /// The token that ends here, or -1.
    var value: Int32
  }

  /// From this many children on, a row finds the child at once.
  private static let rowThreshold = 12

  private var nodes: [Node]
  /// Rows of 256 children, 0 for none.
  private var rows: [Int32]

  /// Creates a tree.
  ///
  /// - Parameter tokens: Each token's bytes and value; of two with the same bytes the later counts.
  ///   One without bytes is left out.
  init(_ tokens: [(bytes: [UInt8], value: Int32)]) {
    let order = Self.sorted(tokens)
    nodes = [Node(firstChild: 0, childCount: 0, byte: 0, value: -1)]
    nodes.reserveCapacity(2 * tokens.count)
    rows = []
    // Each node that still needs its children, with the tokens below it, level by level.
    var open: [(node: Int, tokens: Range<Int>)] = [(0, 0..<order.count)]
    var depth = 0
    while !open.isEmpty {
      var next: [(node: Int, tokens: Range<Int>)] = []
      for (node, range) in open {
        addChildren(of: node, order[range], tokens, depth, &next)
      }
      open = next
      depth += 1
    }
  }

  private mutating func addChildren(
    of parent: Int, _ order: ArraySlice<Int32>, _ tokens: [(bytes: [UInt8], value: Int32)],
    _ depth: Int, _ open: inout [(node: Int, tokens: Range<Int>)]
  ) {
    let first = nodes.count
    var start = order.startIndex
    while start < order.endIndex {
      let byte = tokens[Int(order[start])].bytes[depth]
      var end = start
      var value: Int32 = -1
      var deeper = start
      while end < order.endIndex, tokens[Int(order[end])].bytes[depth] == byte {
        // Tokens that end here come first, the later ones last.
        if tokens[Int(order[end])].bytes.count == depth + 1 {
          value = tokens[Int(order[end])].value
          deeper = end + 1
        }
        end += 1
      }
      if deeper < end { open.append((nodes.count, deeper..<end)) }
      nodes.append(Node(firstChild: 0, childCount: 0, byte: byte, value: value))
      start = end
    }
    let count = nodes.count - first
    guard count >= Self.rowThreshold else {
      nodes[parent].firstChild = Int32(truncatingIfNeeded: first)
      nodes[parent].childCount = Int16(count)
      return
    }
    nodes[parent].firstChild = Int32(truncatingIfNeeded: rows.count)
    nodes[parent].childCount = -1
    rows.append(contentsOf: repeatElement(0, count: 256))
    for child in first..<nodes.count {
      rows[rows.count - 256 + Int(nodes[child].byte)] = Int32(truncatingIfNeeded: child)
    }
  }

  /// The node below the root that all walks start from.
  static let root = 0

  /// The child of a node for the next byte, or `nil`.
  @inline(__always)
  func child(of node: Int, _ byte: UInt8) -> Int? {
    let parent = nodes[node]
    if parent.childCount < 0 {
      let child = rows[Int(parent.firstChild) + Int(byte)]
      return child == 0 ? nil : Int(child)
    }
    for child in Int(parent.firstChild)..<Int(parent.firstChild) + Int(parent.childCount)
    where nodes[child].byte == byte {
      return child
    }
    return nil
  }

  /// The value of the token that ends at a node, or -1.
  @inline(__always)
  func value(at node: Int) -> Int32 { nodes[node].value }

  /// The longest token that stands at a position of a text.
  func longestMatch(in text: Span<UInt8>, at start: Int) -> (value: Int32, length: Int)? {
    var node = Self.root
    var position = start
    var found: (value: Int32, length: Int)?
    while position < text.count, let next = child(of: node, text[position]) {
      node = next
      position += 1
      if value(at: node) >= 0 { found = (value(at: node), position - start) }
    }
    return found
  }

  /// The indices of the tokens in order of their bytes, those of equal bytes in the given order.
  private static func sorted(_ tokens: [(bytes: [UInt8], value: Int32)]) -> [Int32] {
    var keys: [(prefix: UInt64, index: Int32)] = []
    keys.reserveCapacity(tokens.count)
    for (index, token) in tokens.enumerated() where !token.bytes.isEmpty {
      var prefix: UInt64 = 0
      for position in 0..<8 {
        prefix = prefix << 8 | (position < token.bytes.count ? UInt64(token.bytes[position]) : 0)
      }
      keys.append((prefix, Int32(truncatingIfNeeded: index)))
    }
    keys.sort { left, right in
      if left.prefix != right.prefix { return left.prefix < right.prefix }
      let first = tokens[Int(left.index)].bytes
      let second = tokens[Int(right.index)].bytes
      if first.count > 8 || second.count > 8 || first.count != second.count {
        if first.lexicographicallyPrecedes(second) { return true }
        if second.lexicographicallyPrecedes(first) { return false }
      }
      return left.index < right.index
    }
    return keys.map(\.index)
  }
}
