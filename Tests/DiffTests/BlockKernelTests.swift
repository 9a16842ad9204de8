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

  /// Vectors of so many elements, and the same packed.
  private static func block(_ size: Int, seed: UInt64) -> (vectors: [Float], packed: [Float]) {
    let vectors = numbers(size * width, seed: seed)
    let chunk = Int(LETHE_BLOCK_CHUNK)
    var packed = [Float](repeating: .nan, count: (size + chunk - 1) / chunk * chunk * width)
    lethe_block_pack(vectors, size, size, &packed)
    return (vectors, packed)
  }

  private static let sizes = [
    (1, 1), (2, 3), (7, 9), (8, 8), (17, 33), (65, 70), (4, 48), (5, 1040), (30, 2100),
  ]

  /// Sizes around the numbers of rows and columns that kernels keep in registers and in the cache.
  @Test(arguments: sizes) func allSetsGiveTheSameBits(rows: Int, columns: Int) {
    let matrix = Self.numbers(rows * columns, seed: 1)
    let (vectors, block) = Self.block(columns, seed: 2)
    let images = Self.numbers(rows * Self.width, seed: 3)
    let best = lethe_best_kernel_set().rawValue
    var (firstImages, firstReturns): ([Float]?, [Float]?) = (nil, nil)
    for set in 0...best {
      var (forth, packed) = ([Float](repeating: .nan, count: rows * Self.width), block)
      var back = vectors
      var ahead = unsafe lethe_block_ahead(next: nil, end: nil)
      unsafe lethe_block_images(
        lethe_kernel_set(set), matrix, rows, columns, block, &forth, &ahead)
      unsafe lethe_block_returns(
        lethe_kernel_set(set), matrix, rows, columns, images, &packed, &ahead)
      lethe_block_unpack(packed, columns, &back, columns)
      #expect(forth.map(\.bitPattern) == (firstImages ?? forth).map(\.bitPattern))
      #expect(packed.map(\.bitPattern) == (firstReturns ?? packed).map(\.bitPattern))
      (firstImages, firstReturns) = (forth, packed)
      for lane in [0, 7, 8, Self.width - 1] {
        let vector = vectors[lane * columns..<(lane + 1) * columns]
        for row in [0, rows - 1] {
          let sum = zip(matrix[row * columns..<(row + 1) * columns], vector)
            .reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
          #expect(abs(Double(forth[row * Self.width + lane]) - sum) < 1e-5)
        }
        for column in [0, columns - 1] {
          let sum = (0..<rows).reduce(Double(vector[lane * columns + column])) { sum, row in
            sum + Double(matrix[row * columns + column]) * Double(images[row * Self.width + lane])
          }
          #expect(abs(Double(back[lane * columns + column]) - sum) < 1e-5)
        }
      }
    }
  }

  @Test(arguments: [1, 15, 16, 17, 40]) func unpackingUndoesPacking(size: Int) {
    let (vectors, packed) = Self.block(size, seed: 4)
    var back = [Float](repeating: .nan, count: vectors.count)
    lethe_block_unpack(packed, size, &back, size)
    #expect(back == vectors)
    #expect(packed.count { $0 == 0 } >= packed.count - vectors.count)
  }
}
