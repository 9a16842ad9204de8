extension BlockedCorrelation {
  /// What a third variable leaves of a correlation.
  public struct Partial: Sendable, Equatable {
    /// The coefficient of what the third leaves of both sides.
    public let coefficient: Double
    /// The share of orders of what it leaves of the target with a coefficient at least as far from 0.
    public let pValue: Double
  }

  /// The coefficient of the measure and a third variable.
  public func measure(with third: [BlockValues]) -> Double {
    Self.ratio(
      sum(blocks.map(\.measure), third), measureSquare * third.reduce(0) { $0 + $1.square })
  }

  /// The coefficient of the target and a third variable.
  public func target(with third: [BlockValues]) -> Double {
    let own = blocks.map(\.target.values)
    return Self.ratio(
      sum(own, third), own.reduce(0) { $0 + $1.square } * third.reduce(0) { $0 + $1.square })
  }

  private func sum(_ first: [BlockValues], _ second: [BlockValues]) -> Double {
    zip(first, second).reduce(0) { sum, pair in
      zip(pair.0.deviations, pair.1.deviations).reduce(sum) { $0 + $1.0 * $1.1 }
    }
  }

  /// The partial correlation for a third variable, with the test of Freedman and Lane (1983): what a
  /// common slope leaves of the target is rearranged within its block, put on the fitted values again,
  /// and the partial coefficient computed anew.
  ///
  /// - Parameters:
  ///   - third: The third variable, of each block.
  ///   - joint: The orders of all blocks at once; `nil` for those of the only block.
  /// - Returns: `nil` where the third variable leaves nothing of one side.
  public func partial(_ third: [BlockValues], _ joint: JointRearrangements?) -> Partial? {
    let thirdSquare = third.reduce(0) { $0 + $1.square }
    let (withMeasure, withTarget) = (measure(with: third), target(with: third))
    guard thirdSquare > 0, 1 - withMeasure * withMeasure > 1e-9,
      1 - withTarget * withTarget > 1e-9
    else { return nil }
    let measures = rests(of: blocks.map(\.measure), third, thirdSquare)
    let targets = rests(of: blocks.map(\.target.values), third, thirdSquare)
    let products = zip(blocks, zip(measures, targets)).map { block, rests in
      block.design.sums(rests.0, rests.1)
    }
    let slopes = zip(blocks, zip(third, targets)).map { block, pair in
      block.design.sums(pair.0.deviations, pair.1)
    }
    let square = Self.square(measures)
    let targetSquare = Self.square(targets)
    func coefficient(_ product: Double, _ slope: Double) -> Double {
      Self.ratio(product, square * (targetSquare - slope * slope / thirdSquare))
    }
    let coefficients: [Double]
    if let joint {
      let productSums = JointSums(zip(blocks, products).map { ($0.row, $1) })
      let slopeSums = JointSums(zip(blocks, slopes).map { ($0.row, $1) })
      coefficients = (0..<joint.count).map { order in
        coefficient(productSums.sum(joint, order), slopeSums.sum(joint, order))
      }
    } else {
      coefficients = zip(products[0], slopes[0]).map(coefficient)
    }
    let extreme = coefficients.count { abs($0) >= abs(coefficients[0]) - Self.tolerance }
    return Partial(
      coefficient: coefficients[0], pValue: Double(extreme) / Double(coefficients.count))
  }

  /// What a common slope on a third variable leaves of each block.
  private func rests(
    of side: [BlockValues], _ third: [BlockValues], _ thirdSquare: Double
  ) -> [[Double]] {
    let slope = sum(side, third) / thirdSquare
    return zip(side, third).map { own, third in
      zip(own.deviations, third.deviations).map { $0 - slope * $1 }
    }
  }

  private static func square(_ rows: [[Double]]) -> Double {
    rows.reduce(0) { sum, row in row.reduce(sum) { $0 + $1 * $1 } }
  }
}
