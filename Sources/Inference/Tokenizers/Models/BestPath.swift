/// The best way to each position of a word; used for one word after the other.
struct BestPath {
  private struct Node {
    var score: Double
    /// Where the last token of the way begins, or -1 where no way is known.
    var start: Int32
    var id: Int32
  }

  private var nodes: [Node] = []
  /// The positions at which tokens of the best way end, last first.
  private var ends: [Int32] = []
  private var length = 0

  /// Forgets everything and makes room for a word.
  mutating func reset(length: Int) {
    self.length = length
    let empty = Node(score: 0, start: -1, id: -1)
    if nodes.count <= length {
      nodes = Array(repeating: empty, count: max(64, 2 * length))
    } else {
      for index in 0...length { nodes[index] = empty }
    }
  }

  /// The score of the best way to a position.
  @inline(__always)
  func score(at position: Int) -> Double { nodes[position].score }

  /// Takes a token as the last of the way to its end, if there is none or it scores higher.
  @inline(__always)
  mutating func offer(_ id: Int32, from start: Int, to end: Int, score: Double) {
    if nodes[end].start < 0 || score > nodes[end].score {
      nodes[end] = Node(score: score, start: Int32(truncatingIfNeeded: start), id: id)
    }
  }

  /// Follows the best way to the word's end.
  mutating func follow() {
    ends.removeAll(keepingCapacity: true)
    var end = Int32(truncatingIfNeeded: length)
    while end > 0 {
      ends.append(end)
      end = nodes[Int(end)].start
    }
  }

  /// How many tokens the best way has.
  var stepCount: Int { ends.count }

  /// A token of the best way and its bytes in the word.
  @inline(__always)
  func step(_ index: Int) -> (id: Int32, range: Range<Int>) {
    let end = Int(ends[ends.count - 1 - index])
    return (nodes[end].id, Int(nodes[end].start)..<end)
  }
}
