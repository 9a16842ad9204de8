import Core
import Foundation

/// Finds the largest singular values of a matrix that is too large for LAPACK.
///
/// Block Lanczos with full reorthogonalisation on the matrix of inner products G of the shorter
/// side (Golub and Underwood 1977), from a random block with a fixed seed, whose convergence does
/// not depend on gaps between the values (Musco and Musco, "Randomized Block Krylov Methods", 2015).
/// With an orthonormal basis Q of the blocks so far and M the matrix, the values are those of M Q:
/// the square roots of the eigenvalues of (M Q)ᵀ(M Q), which is summed in 64-bit floats. They are
/// never larger than the exact ones, save for rounding.
///
/// While the basis grows, QᵀG Q tells when it is worth to look. It is known without work, from the
/// products that were made orthogonal, but only to a 32-bit float's share of σ₁². Where no value
/// wanted is small against that, its eigenvectors V tell the leading part of the basis too, and
/// the values are those of M Q V.
///
/// With the residual r = ‖G v − σ² v‖ / σ, σ² is off by at most σ r, so the value σ by at most r / 2.
/// It is off by about (σ r)² / (σ² − σ′²) too, so the value by half of r² σ / (σ² − σ′²), where σ′ is
/// the first value that is not told from the rest of the spectrum. σ′ is taken ``guardCount`` values
/// after σ, where it may be too small itself; hence the whole is taken.
struct BlockKrylov {
  /// How many values stand between a value and the rest.
  ///
  /// No more than a block has vectors: of a value that is repeated more often some copies are missing,
  /// and what follows those that were found says nothing of the rest.
  static let guardCount = 16
  /// The share of the largest value that products in 32-bit floats can be wrong by.
  static let rounding = 0x1p-20
  /// The share of the largest value below which an error says nothing.
  private static let resolution = 0x1p-23
  /// The share of the largest value from which QᵀG Q tells values well.
  private static let roughLimit = 0x1p-4
  /// The most vectors of a block.
  private static let widestBlock = 64
  /// How many vectors there may be in all, and how many blocks if they are wide.
  private static let (vectorLimit, blockLimit) = (768, 24)
  /// Up to so many vectors a look at the values takes next to no time.
  private static let smallBasis = 128
  /// All eigenvalues and vectors of n rows take as long as this many times n³ multiply-adds of
  /// products.
  private static let eigenvalueCost = 24.0

  private let algebra: LinearAlgebra
  private let matrix: Panel<Float>
  private let count: Int
  private let accuracy: LeadingTriplets.Accuracy
  private let blockSize: Int
  /// How many vectors there are at most.
  private let limit: Int
  private let products: BlockProducts
  /// The basis, and after it what the newest block is multiplied to.
  private let basis: Panel<Float>
  /// The products of the matrix and ``basis``.
  private let images: Panel<Float>
  /// The upper triangle of the inner products of ``images``, as far as ``squaredSize``.
  private let squares: Panel<Double>
  /// The upper triangle of the same, in 32-bit floats.
  private let projection: Panel<Double>
  /// What the newest block has in common with the basis.
  private let overlaps: Panel<Float>
  private var size = 0
  private var squaredSize = 0
  /// What the next block was multiplied with: it couples the basis to the rest.
  private var coupling: [[Double]] = []
  /// From which size on it is worth to look at the values.
  private var nextLook: Int
  /// Whether the values wanted are large enough to be told from ``projection``.
  private var isProjectionEnough = false

  /// How many vectors a block has where so many values are wanted.
  ///
  /// A block finds as many copies of a repeated value as it has vectors.
  static func blockSize(count: Int) -> Int {
    let width = BlockProducts.width
    return min(widestBlock, (count + width - 1) / width * width)
  }

  /// How many vectors there are at most.
  static func basisLimit(size: Int, count: Int) -> Int {
    let block = blockSize(count: count)
    return min(max(vectorLimit, blockLimit * block), size / 2) / block * block
  }

  init(
    algebra: LinearAlgebra, matrix: Panel<Float>, count: Int, accuracy: LeadingTriplets.Accuracy
  ) throws {
    self.algebra = algebra
    self.matrix = matrix
    self.count = count
    self.accuracy = accuracy
    let (short, long) = (
      min(matrix.rowCount, matrix.columnCount), max(matrix.rowCount, matrix.columnCount)
    )
    blockSize = Self.blockSize(count: count)
    limit = Self.basisLimit(size: short, count: count)
    products = try BlockProducts(
      matrix: matrix, isOfRows: matrix.rowCount <= matrix.columnCount, blockSize: blockSize)
    basis = try Panel(rowCount: short, columnCount: limit + blockSize)
    images = try Panel(rowCount: long, columnCount: limit)
    squares = try Panel(rowCount: limit, columnCount: limit)
    projection = try Panel(rowCount: limit, columnCount: limit)
    overlaps = try Panel(rowCount: limit, columnCount: blockSize)
    nextLook = count + blockSize
  }

  /// Works until the values are good enough.
  ///
  /// - Returns: The values; `nil` if they are not good enough after the last block.
  mutating func run() throws -> LeadingTriplets? {
    guard limit >= blockSize else { return nil }
    try start()
    while true {
      let block = size..<size + blockSize
      let next = block.upperBound..<block.upperBound + blockSize
      size = block.upperBound
      products.square(basis[block], images: images[block], squares: basis[next])
      try separate(block, from: basis[next])
      let isLast = size + blockSize > limit
      let isTime = size >= nextLook || isLast && size >= count + blockSize
      if isTime, let found = try result() { return found }
      guard !isLast else { return nil }
    }
  }

  /// The basis belongs to the rows of the panel if there are fewer of them than columns.
  private var isOfRows: Bool { matrix.rowCount <= matrix.columnCount }

  private func start() throws {
    var random = SeededNumbers(seed: 0)
    let block = basis[0..<blockSize]
    basis.withElements(0..<basis.rowCount * blockSize) { span in
      for index in 0..<span.count { span[index] = random.nextUnit() - 0.5 }
    }
    try algebra.orthonormalize(block)
  }

  /// Adds the inner products of the images that are not in ``squares`` yet with all of them.
  private mutating func addSquares() throws {
    let stripRows = 512
    let wide = try Panel<Double>(rowCount: stripRows, columnCount: size)
    let added = squaredSize..<size
    for start in stride(from: 0, to: images.rowCount, by: stripRows) {
      let rows = start..<min(images.rowCount, start + stripRows)
      let strip = wide[0..<rows.count, 0..<size]
      strip.copy(images[rows, 0..<size])
      algebra.multiply(
        strip, .transposed, by: wide[0..<rows.count, added], into: squares[0..<size, added],
        adding: true)
    }
    squaredSize = size
  }

  /// Takes from what G makes of a block what the basis holds already, and makes it orthonormal.
  private mutating func separate(_ block: Range<Int>, from next: Block<Float>) throws {
    let overlaps = self.overlaps[0..<size, 0..<blockSize]
    coupling = []
    // Once is not enough in floating point, twice is (Kahan and Parlett).
    for _ in 0..<2 {
      algebra.multiply(basis[0..<size], .transposed, by: next, into: overlaps)
      if coupling.isEmpty { projection[0..<size, block].copy(overlaps) }
      algebra.multiply(basis[0..<size], by: overlaps, factor: -1, into: next, adding: true)
      let triangle = try algebra.orthonormalize(next).map { $0.map(Double.init) }
      coupling = coupling.isEmpty ? triangle : Self.product(triangle, coupling)
    }
  }

  private static func product(_ left: [[Double]], _ right: [[Double]]) -> [[Double]] {
    left.map { row in
      right[0].indices.map { column in
        row.indices.reduce(0) { $0 + row[$1] * right[$1][column] }
      }
    }
  }

  // MARK: - Convergence

  /// Some leading values of the basis, the largest first, and the places of their vectors in it, the
  /// smallest first.
  private struct Leading {
    var values: [Double]
    var places: Panel<Double>
  }

  /// The values, if they are good enough; else decides when to look again.
  private mutating func result() throws -> LeadingTriplets? {
    var leading: Leading
    if size > Self.smallBasis, isProjectionEnough {
      leading = try self.leading(of: projection)
      guard isEnough(leading) else { return nil }
      leading = try refined(leading)
    } else {
      try addSquares()
      leading = try self.leading(of: squares)
    }
    isProjectionEnough = leading.values[count - 1] > Self.roughLimit * leading.values[0]
    guard isEnough(leading) else { return nil }
    let top = leading.values[0]
    let bound = errors(leading).reduce(0) { max($0, $1.value) }
    var triplets = LeadingTriplets(
      values: Array(leading.values.prefix(count)),
      errorBound: top > 0 ? bound / top + Self.rounding : 0, isComplete: false,
      method: .blockKrylov)
    if accuracy.wantsVectors { try add(leading.places, to: &triplets) }
    return triplets
  }

  /// The values of a matrix of inner products.
  private func leading(of square: Panel<Double>) throws -> Leading {
    let matrix = try Panel<Double>(rowCount: size, columnCount: size)
    matrix.all.copy(square[0..<size, 0..<size])
    let places = try Panel<Double>(rowCount: size, columnCount: size)
    // All of them: LAPACK finds some of them by bisection, which takes longer.
    let values = try algebra.eigenvalues(of: matrix.all, count: size, vectors: places)
    return Leading(values: values.reversed().map { max(0, $0).squareRoot() }, places: places)
  }

  /// The values that the images of the leading vectors have.
  private func refined(_ leading: Leading) throws -> Leading {
    let kept = min(size, count + Self.guardCount)
    let last = leading.places[size - kept..<size]
    let places = try Panel<Float>(rowCount: size, columnCount: kept)
    places.all.copy(last)
    let products = try Panel<Float>(rowCount: images.rowCount, columnCount: kept)
    algebra.multiply(images[0..<size], by: places.all, into: products.all)
    let square = try GramMatrix(algebra: algebra).square(of: products)
    let turned = try Panel<Double>(rowCount: kept, columnCount: kept)
    let values = try algebra.eigenvalues(of: square.all, count: kept, vectors: turned)
    let result = try Panel<Double>(rowCount: size, columnCount: kept)
    algebra.multiply(last, by: turned.all, into: result.all)
    return Leading(values: values.reversed().map { max(0, $0).squareRoot() }, places: result)
  }

  /// How far each of the values wanted, or its vectors, may be off, and how far it may.
  private func errors(_ leading: Leading) -> [(value: Double, allowed: Double)] {
    let (values, places) = (leading.values, leading.places)
    let top = values[0]
    return (0..<count).map { index in
      let value = values[index]
      let length = residual(of: places, places.columnCount - 1 - index)
      guard top > 0 else { return (0, 0) }
      let residual = length / max(value, Self.rounding * top)
      var error = residual / 2
      let rest = values[min(values.count - 1, index + Self.guardCount)]
      let gap = value * value - rest * rest
      if gap > 0, value > Self.rounding * top {
        error = min(error, residual * residual * value / gap)
      }
      return switch accuracy {
      case .values(let tolerance): (error, max(tolerance * value, Self.resolution * top))
      case .vectors(let tolerance): (max(error, residual), tolerance * top)
      }
    }
  }

  /// Whether no error is too large; if one is, decides when to look again.
  private mutating func isEnough(_ leading: Leading) -> Bool {
    let errors = errors(leading)
    if errors.allSatisfy({ $0.value <= $0.allowed }) { return true }
    guard size >= Self.smallBasis else {
      nextLook = size + (size < Self.smallBasis / 2 ? 1 : 2) * blockSize
      return false
    }
    let excess = errors.reduce(1) { max($0, $1.value / $1.allowed) }
    let elements = Double(matrix.rowCount) * Double(matrix.columnCount)
    let price = Self.eigenvalueCost * Double(size * size * size) / (2 * elements)
    // Errors of noise fall to 1 / e in one and a half blocks of 16 vectors or later.
    let falling = 1.5 * (16 / Double(blockSize)).squareRoot() * log(min(excess, 1e3))
    let wait = max(falling, price / Double(blockSize), 1)
    nextLook = size + blockSize * Int(min(wait, 12).rounded())
    return false
  }

  /// The length of what leaves the basis when G is applied to one of the vectors.
  private func residual(of vectors: Panel<Double>, _ column: Int) -> Double {
    var sum = 0.0
    for row in coupling {
      var part = 0.0
      for (index, factor) in row.enumerated() {
        part += factor * vectors[size - blockSize + index, column]
      }
      sum += part * part
    }
    return sum.squareRoot()
  }

  /// Computes the vectors of both sides from their places in the basis, the smallest first.
  private func add(_ places: Panel<Double>, to triplets: inout LeadingTriplets) throws {
    let turned = try Panel<Float>(rowCount: size, columnCount: count)
    for column in 0..<count {
      let place = places.columnCount - 1 - column
      turned[column..<column + 1].copy(places[place..<place + 1])
    }
    let near = try Panel<Float>(rowCount: basis.rowCount, columnCount: count)
    let far = try Panel<Float>(rowCount: images.rowCount, columnCount: count)
    algebra.multiply(basis[0..<size], by: turned.all, into: near.all)
    algebra.multiply(images[0..<size], by: turned.all, into: far.all)
    far.all.scaleColumns(by: triplets.values.map { $0 > 0 ? Float(1 / $0) : 0 })
    triplets.rowVectors = isOfRows ? near : far
    triplets.columnVectors = isOfRows ? far : near
  }
}
