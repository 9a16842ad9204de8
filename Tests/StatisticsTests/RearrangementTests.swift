import Statistics
import Testing

/// Orders and draws.
@Suite struct RearrangementTests {
  @Test func fewOrdersAreAllListed() {
    let orders = Rearrangements(
      length: 5, moving: [0, 1, 2, 3, 4], exactLimit: 120, drawCount: 10, seed: 1)
    #expect(orders.count == 120)
    #expect(orders.seed == nil)
    let fixed = Rearrangements(
      length: 5, moving: [1, 3, 4], exactLimit: 120, drawCount: 10, seed: 1)
    #expect(fixed.count == 6)
    let none = Rearrangements(length: 2, moving: [], exactLimit: 120, drawCount: 10, seed: 1)
    #expect(none.count == 1)
  }

  @Test func manyOrdersAreDrawnWithTheSeed() {
    func drawn(_ seed: UInt64) -> Rearrangements {
      Rearrangements(
        length: 6, moving: Array(0..<6), exactLimit: 719, drawCount: 50, seed: seed)
    }
    #expect(drawn(3).count == 50)
    #expect(drawn(3).seed == 3)
    #expect(drawn(3) == drawn(3))
    #expect(drawn(3) != drawn(4))
  }

  @Test func combinationsAreAllListedOrDrawn() {
    let row = Rearrangements(
      length: 3, moving: [0, 1, 2], exactLimit: 6, drawCount: 6, seed: 1)
    let all = JointRearrangements([row, row], exactLimit: 36, drawCount: 5, seed: 1)
    #expect(all.count == 36)
    #expect(all.seed == nil)
    let pairs = (0..<36).map { all.order(of: 0, in: $0) * 6 + all.order(of: 1, in: $0) }
    #expect(Set(pairs).count == 36)
    #expect(pairs[0] == 0)
    let some = JointRearrangements([row, row], exactLimit: 35, drawCount: 5, seed: 9)
    #expect(some.count == 5)
    #expect(some.seed == 9)
    #expect(some.order(of: 0, in: 0) == 0 && some.order(of: 1, in: 0) == 0)
  }

  @Test func fewDrawsAreAllListedWithTheirProbability() {
    // C(9, 5) ways to draw 5 of 5, 5⁵ with their order.
    let draws = Resamples(length: 5, limit: 126, seed: 1)
    #expect(draws.count == 126)
    #expect(draws.weights.reduce(0, +) == 3125)
    #expect(draws.weights.max() == 120)
    #expect(draws.weights.min() == 1)
    #expect(Resamples(length: 5, limit: 125, seed: 1).weights == .init(repeating: 1, count: 125))
  }
}
