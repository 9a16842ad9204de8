import CKernels
import Testing

@testable import Diff

/// The kernels that multiply blocks of vectors, against each other and against sums by hand.
struct BlockKernelTests {
  private static let width = BlockProducts.width

  private static func numbers(_ count: Int, seed: UInt64) -> [Float] {
    var random = SeededNumbers(seed: seed)
    return (0..<count).map { _ in random.nextUnit() - 0.5 }
  }

  /// Sizes around the numbers of rows that kernels keep in registers.
  @Test(arguments: [(1, 1), (2, 3), (7, 9), (8, 8), (17, 33), (65, 70)])
  func allSetsGiveTheSameBits(rows: Int, columns: Int) {
    let matrix = Self.numbers(rows * columns, seed: 1)
    let block = Self.numbers(columns * Self.width, seed: 2)
    let images = Self.numbers(rows * Self.width, seed: 3)
    let best = lethe_best_kernel_set().rawValue
    var (firstImages, firstReturns): ([Float]?, [Float]?) = (nil, nil)
    for set in 0...best {
      var (forth, back) = ([Float](repeating: 0, count: rows * Self.width), block)
      lethe_block_images(lethe_kernel_set(set), matrix, rows, columns, block, &forth)
      lethe_block_returns(lethe_kernel_set(set), matrix, rows, columns, images, &back)
      #expect(forth.map(\.bitPattern) == (firstImages ?? forth).map(\.bitPattern))
      #expect(back.map(\.bitPattern) == (firstReturns ?? back).map(\.bitPattern))
      (firstImages, firstReturns) = (forth, back)
      for row in [0, rows - 1] {
        for lane in [0, Self.width - 1] {
          let sum = (0..<columns).reduce(0.0) { sum, column in
            sum + Double(matrix[row * columns + column])
              * Double(block[column * Self.width + lane])
          }
          #expect(abs(Double(forth[row * Self.width + lane]) - sum) < 1e-5)
        }
      }
      for column in [0, columns - 1] {
        let sum = (0..<rows).reduce(Double(block[column * Self.width])) { sum, row in
          sum + Double(matrix[row * columns + column]) * Double(images[row * Self.width])
        }
        #expect(abs(Double(back[column * Self.width]) - sum) < 1e-5)
      }
    }
  }
}
