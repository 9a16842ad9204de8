/// Which blocks are drawn, and which draw of each: the same for everything that is looked at.
public struct BlockDraws: Sendable {
  /// How many draws there are.
  public let count: Int
  private let width: Int
  private let choices: [UInt64]
  /// For each number of places, the numbers of draws of so many; none where there is no block of it.
  private let picks: [[Int32]]

  /// Draws.
  ///
  /// - Parameters:
  ///   - count: How often.
  ///   - blockCount: How many blocks there are at most.
  ///   - resamples: The draws of each block, by the number of its places.
  ///   - seed: Where drawing starts.
  public init(count: Int, blockCount: Int, resamples: [Int: Resamples], seed: UInt64) {
    self.count = count
    width = blockCount
    var generator = SeededGenerator(seed: seed)
    choices = (0..<count * blockCount).map { _ in generator.next() }
    let shares = choices.map { _ in Double(generator.next() >> 11) / 0x1p53 }
    picks = (0...(resamples.keys.max() ?? 0)).map { size in
      guard let resamples = resamples[size] else { return [] }
      let cumulative = resamples.cumulativeWeights
      return shares.map { Int32(resamples.draw(at: $0, cumulative: cumulative)) }
    }
  }

  /// One of the blocks of a draw, and the number of its own draw.
  func block(_ slot: Int, of draw: Int, _ sizes: [Int]) -> (block: Int, pick: Int) {
    let place = draw * width + slot
    let block = Int(choices[place].multipliedFullWidth(by: UInt64(sizes.count)).high)
    return (block: block, pick: Int(picks[sizes[block]][place]))
  }
}

extension BlockedCorrelation {
  /// The 95 % percentile interval of drawing the places of each block with replacement, and the blocks
  /// before them where there are several.
  ///
  /// Draws without a coefficient, as of one place alone, are left out.
  ///
  /// - Parameter draws: The draws of blocks; `nil` for one block.
  /// - Returns: `nil` where all draws agree, which is no certainty, or where there are none.
  public func interval(_ draws: BlockDraws?) -> ClosedRange<Double>? {
    let parts = blocks.compactMap(DrawnSums.init)
    guard parts.count == blocks.count else { return nil }
    guard let draws, blocks.count > 1 else { return parts[0].interval }
    let sizes = blocks.map(\.design.count)
    var values: [Double] = []
    values.reserveCapacity(draws.count)
    for draw in 0..<draws.count {
      var (product, first, second) = (0.0, 0.0, 0.0)
      for slot in sizes.indices {
        let (block, pick) = draws.block(slot, of: draw, sizes)
        product += parts[block].products[pick]
        first += parts[block].measureSquares[pick]
        second += parts[block].targetSquares[pick]
      }
      guard first > 0, second > 0 else { continue }
      values.append(Self.ratio(product, first * second))
    }
    values.sort()
    return middleInterval(ascending: values, weights: values.map { _ in 1 })
  }
}

/// The sums of one block for each draw of its places.
private struct DrawnSums {
  let products: [Double]
  let measureSquares: [Double]
  let targetSquares: [Double]
  let weights: [Double]

  init?(_ block: BlockedCorrelation.Block) {
    guard let resamples = block.design.resamples else { return nil }
    let (x, y) = (block.measure.drawn, block.target.values.drawn)
    products = (0..<resamples.count).map { draw in
      var sum = 0.0
      for place in draw * resamples.length..<(draw + 1) * resamples.length {
        sum += resamples.counts[place] * x[place] * y[place]
      }
      return sum
    }
    measureSquares = block.measure.drawnSquares
    targetSquares = block.target.values.drawnSquares
    weights = resamples.weights
  }

  /// The interval of this block alone.
  var interval: ClosedRange<Double>? {
    let values = weights.indices.map { draw in
      BlockedCorrelation.ratio(products[draw], measureSquares[draw] * targetSquares[draw])
    }
    let order = weights.indices.filter { measureSquares[$0] * targetSquares[$0] > 0 }
      .sorted { values[$0] < values[$1] }
    return middleInterval(
      ascending: order.map { values[$0] }, weights: order.map { weights[$0] })
  }
}
