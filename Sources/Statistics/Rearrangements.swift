/// Orders of a row of values: all of them where they are few, else drawn ones.
///
/// The first is the one in which nothing moves.
public struct Rearrangements: Sendable, Equatable {
  /// How many values the row has.
  public let length: Int
  /// How many orders there are.
  public let count: Int
  /// Where drawn orders start; `nil` where all are there.
  public let seed: UInt64?
  /// The place that each value comes from: ``length`` numbers for each order.
  let sources: [Int32]

  /// Lists all orders, or draws some.
  ///
  /// - Parameters:
  ///   - length: How many values the row has.
  ///   - moving: The places whose values change places with each other, in ascending order; all others
  ///     keep theirs.
  ///   - exactLimit: Up to this many orders, all are listed.
  ///   - drawCount: How many are drawn where there are more, the first among them.
  ///   - seed: Where drawn orders start.
  public init(
    length: Int, moving: [Int], exactLimit: Int, drawCount: Int, seed: UInt64
  ) {
    self.length = length
    let count = Self.orderCount(moving.count, limit: exactLimit)
    let first = (0..<length).map { Int32($0) }
    var sources: [Int32] = []
    func append(_ order: [Int]) {
      let start = sources.count
      sources += first
      for (place, source) in zip(moving, order) { sources[start + place] = Int32(source) }
    }
    if let count {
      var order = moving
      repeat { append(order) } while Self.advance(&order)
      self.seed = nil
      self.count = count
    } else {
      var generator = SeededGenerator(seed: seed)
      append(moving)
      for _ in 1..<drawCount { append(moving.shuffled(using: &generator)) }
      self.seed = seed
      self.count = drawCount
    }
    self.sources = sources
  }

  /// *n*!, or `nil` where it is above a limit.
  private static func orderCount(_ count: Int, limit: Int) -> Int? {
    var product = 1
    for factor in stride(from: 2, through: count, by: 1) {
      product *= factor
      if product > limit { return nil }
    }
    return product
  }

  /// The next order in the order of a dictionary; `false` after the last.
  private static func advance(_ order: inout [Int]) -> Bool {
    guard let low = order.indices.dropLast().last(where: { order[$0] < order[$0 + 1] }),
      let high = order.indices.last(where: { order[$0] > order[low] })
    else { return false }
    order.swapAt(low, high)
    order[(low + 1)...].reverse()
    return true
  }
}

/// Orders of several rows at once: every combination of the orders of each, or drawn combinations.
///
/// The first is the one in which nothing moves.
public struct JointRearrangements: Sendable {
  /// The orders of each row.
  public let rows: [Rearrangements]
  /// How many combinations there are.
  public let count: Int
  /// Where drawn combinations start; `nil` where all are there.
  public let seed: UInt64?
  /// The number of each row's order: one for every row for each combination.
  let indices: [Int32]

  /// Combines orders.
  ///
  /// - Parameters:
  ///   - rows: The orders of each row.
  ///   - exactLimit: Up to this many combinations, all are listed.
  ///   - drawCount: How many are drawn where there are more, the first among them.
  ///   - seed: Where drawing starts.
  public init(_ rows: [Rearrangements], exactLimit: Int, drawCount: Int, seed: UInt64) {
    self.rows = rows
    let total = rows.reduce(1) { product, row in
      product > exactLimit ? product : product * row.count
    }
    let isListed = rows.count == 1 || total <= exactLimit
    var indices: [Int32] = []
    if isListed {
      for combination in 0..<total {
        var rest = combination
        for row in rows {
          indices.append(Int32(rest % row.count))
          rest /= row.count
        }
      }
    } else {
      var generator = SeededGenerator(seed: seed)
      indices = rows.map { _ in 0 }
      for _ in 1..<drawCount {
        for row in rows { indices.append(Int32(Int.random(in: 0..<row.count, using: &generator))) }
      }
    }
    self.indices = indices
    count = isListed ? total : drawCount
    self.seed = isListed ? rows.compactMap(\.seed).first : seed
  }

  /// The number of one row's order in a combination.
  public func order(of row: Int, in combination: Int) -> Int {
    Int(indices[combination * rows.count + row])
  }
}
