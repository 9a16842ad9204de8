/// The correlation of pairs within blocks, such as the stages of several series, so that differences
/// between blocks do not count.
///
/// *r* = Σ *x y* / √(Σ *x*² · Σ *y*²), summed over all blocks, of values (Pearson: the repeated-measures
/// correlation of Bland and Altman 1995) or ranks (Spearman: Taylor 1987) that are centred within their
/// block. Of one block it is the ordinary coefficient.
public struct BlockedCorrelation: Sendable {
  /// One block's part.
  public struct Block: Sendable {
    /// The number of the block among the rows of all rearrangements.
    let row: Int
    let design: BlockDesign
    let measure: BlockValues
    let target: BlockTarget
    /// Σ *x y* for each order.
    let products: [Double]

    /// Pairs the two sides of a block.
    public init(row: Int, _ design: BlockDesign, _ measure: BlockValues, _ target: BlockTarget) {
      self.row = row
      self.design = design
      self.measure = measure
      self.target = target
      products =
        design.isComplete
        ? design.sums(measure.deviations, target.values.deviations)
        : target.products(measure.deviations)
    }
  }

  /// What rearranging the target says of a coefficient.
  public struct Test: Sendable, Equatable {
    /// The observed coefficient.
    public let coefficient: Double
    /// The share of orders whose coefficient is at least as far from 0, the observed one among them.
    public let pValue: Double
    /// The smallest p-value that any order could have had.
    public let smallestPValue: Double
    /// The coefficient's distance from 0 in standard deviations over all orders.
    public let standardScore: Double
  }

  let blocks: [Block]
  let measureSquare: Double

  /// The distance within which two coefficients count as equal.
  static let tolerance = 1e-12

  /// Takes blocks in which both sides vary, at least one; `nil` where the sums are not finite.
  public init?(_ blocks: [Block]) {
    self.blocks = blocks
    measureSquare = blocks.reduce(0) { $0 + $1.measure.square }
    let product = measureSquare * blocks.reduce(0) { $0 + $1.target.values.square }
    guard !blocks.isEmpty, product > 0, product.isFinite else { return nil }
  }

  /// The number of pairs.
  public var pairCount: Int { blocks.reduce(0) { $0 + $1.design.count } }

  /// The observed coefficient.
  public var coefficient: Double {
    let squares = blocks.reduce(0) { $0 + $1.target.values.square }
    return Self.ratio(blocks.reduce(0) { $0 + $1.products[0] }, measureSquare * squares)
  }

  /// Rearranges the target.
  ///
  /// - Parameters:
  ///   - joint: The orders of all blocks at once; `nil` for those of the only block.
  ///   - maxima: For each order, the largest standard score of all tests so far; this one's are added.
  /// - Returns: The coefficient with its place among those of all orders.
  public func test(_ joint: JointRearrangements?, maxima: inout [Double]) -> Test {
    let coefficients = coefficients(joint)
    // Its mean over all orders is 0, so that the root mean square is the standard deviation.
    let squares = coefficients.reduce(0) { $0 + $1 * $1 }
    let scale = squares > 0 ? (Double(coefficients.count) / squares).squareRoot() : 0
    let observed = abs(coefficients[0])
    var (extreme, largest) = (0, 0.0)
    for order in coefficients.indices {
      let size = abs(coefficients[order])
      if size >= observed - Self.tolerance { extreme += 1 }
      largest = max(largest, size)
      maxima[order] = max(maxima[order], size * scale)
    }
    let isListed = joint.map { $0.seed == nil } ?? (blocks[0].design.rearrangements.seed == nil)
    let reached =
      isListed ? coefficients.count { abs($0) >= largest - Self.tolerance } : 1
    let count = Double(coefficients.count)
    return Test(
      coefficient: coefficients[0], pValue: Double(extreme) / count,
      smallestPValue: Double(reached) / count, standardScore: observed * scale)
  }

  /// The share of orders at least as extreme as the observed one where all blocks are put in the same
  /// order; `nil` of a single block and where blocks cannot be put in the same order.
  public var sharedOrderPValue: Double? {
    guard let first = blocks.first, blocks.count > 1,
      blocks.allSatisfy({ $0.design.rearrangements == first.design.rearrangements })
    else { return nil }
    let coefficients = (0..<first.products.count).map { order in
      Self.ratio(
        blocks.reduce(0) { $0 + $1.products[order] },
        measureSquare * blocks.reduce(0) { $0 + $1.target.squares[order] })
    }
    let extreme = coefficients.count { abs($0) >= abs(coefficients[0]) - Self.tolerance }
    return Double(extreme) / Double(coefficients.count)
  }

  /// The coefficient in every order.
  private func coefficients(_ joint: JointRearrangements?) -> [Double] {
    guard let joint else {
      return zip(blocks[0].products, blocks[0].target.squares).map { product, square in
        Self.ratio(product, measureSquare * square)
      }
    }
    let products = JointSums(blocks.map { ($0.row, $0.products) })
    let square = measureSquare * blocks.reduce(0) { $0 + $1.target.values.square }
    let isFixed = blocks.allSatisfy(\.design.isComplete)
    let squares = JointSums(isFixed ? [] : blocks.map { ($0.row, $0.target.squares) })
    return (0..<joint.count).map { order in
      Self.ratio(
        products.sum(joint, order), isFixed ? square : measureSquare * squares.sum(joint, order))
    }
  }

  /// A product over the root of the product of squares, kept within -1...1; 0 where one side is
  /// constant.
  static func ratio(_ product: Double, _ squares: Double) -> Double {
    squares > 0 ? min(1, max(-1, product / squares.squareRoot())) : 0
  }
}

/// Sums over blocks of a number that each block has for each of its orders.
struct JointSums {
  private let rows: [Int]
  private let starts: [Int]
  private let values: [Double]

  init(_ blocks: [(row: Int, values: [Double])]) {
    rows = blocks.map(\.row)
    var starts: [Int] = []
    var values: [Double] = []
    for block in blocks {
      starts.append(values.count)
      values += block.values
    }
    self.starts = starts
    self.values = values
  }

  func sum(_ joint: JointRearrangements, _ order: Int) -> Double {
    let first = order * joint.rows.count
    var sum = 0.0
    for block in rows.indices {
      sum += values[starts[block] + Int(joint.indices[first + rows[block]])]
    }
    return sum
  }
}
