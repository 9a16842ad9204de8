import Core

/// Finds the largest singular values of a matrix that is too large for LAPACK.
///
/// Block Lanczos with full reorthogonalisation on the matrix of inner products G of the shorter
/// side (Golub and Underwood 1977), from a random block with a fixed seed, whose convergence does
/// not depend on gaps between the values (Musco and Musco, "Randomized Block Krylov Methods", 2015).
/// With an orthonormal basis Q of the blocks so far and M the matrix, the values are those of M Q:
/// the square roots of the eigenvalues of (M Q)ᵀ(M Q), which is summed in 64-bit floats. They are
/// never larger than the exact ones, save for rounding.
///
/// The error of a value σ is at most its residual r = ‖G v − σ² v‖ / σ, and about
/// r² / (σ − σ′) where σ′ is the first value that is not told from the rest of the spectrum; σ′ is
/// taken ``guardCount`` values after the last one wanted.
struct BlockKrylov {
  /// How many values after the last one wanted stand between it and the rest.
  static let guardCount = 16
  /// The share of the largest value that products in 32-bit floats can be wrong by.
  static let rounding = 0x1p-20
  /// How many blocks there are at most.
  private static let blockLimit = 24

  private let algebra: LinearAlgebra
  private let matrix: Panel<Float>
  private let count: Int
  private let accuracy: LeadingTriplets.Accuracy
  private let blockSize: Int
  private let basis: Panel<Float>
  /// The products of the matrix and ``basis``.
  private let images: Panel<Float>
  /// The upper triangle of the inner products of ``images``.
  private let squares: Panel<Double>
  private var size = 0
  /// What the next block was multiplied with: it couples the basis to the rest.
  private var coupling: [[Double]] = []

  /// How many vectors a block has where so many values are wanted.
  static func blockSize(count: Int) -> Int {
    BlockProducts.width * (count <= 24 ? 1 : 2)
  }

  /// How many vectors there are at most.
  static func basisLimit(size: Int, count: Int) -> Int {
    let block = blockSize(count: count)
    return min(blockLimit, size / 2 / block) * block
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
    let limit = Self.basisLimit(size: short, count: count)
    basis = try Panel(rowCount: short, columnCount: limit)
    images = try Panel(rowCount: long, columnCount: limit)
    squares = try Panel(rowCount: limit, columnCount: limit)
  }

  /// Works until the values are good enough.
  ///
  /// - Returns: The values; `nil` if they are not good enough after the last block.
  mutating func run() throws -> LeadingTriplets? {
    guard basis.columnCount >= blockSize else { return nil }
    try start()
    while true {
      let block = size..<size + blockSize
      size = block.upperBound
      let next = try BlockProducts(matrix: matrix, isOfRows: isOfRows)
        .square(basis[block], images: images[block])
      try addSquares(of: block)
      try separate(next)
      if isTimeToCheck, let found = try result() { return found }
      guard size + blockSize <= basis.columnCount else { return nil }
      basis[size..<size + blockSize].copy(next.all)
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

  /// Adds the inner products of the newest images with all of them.
  private func addSquares(of block: Range<Int>) throws {
    let stripRows = 512
    let wide = try Panel<Double>(rowCount: stripRows, columnCount: size)
    for start in stride(from: 0, to: images.rowCount, by: stripRows) {
      let rows = start..<min(images.rowCount, start + stripRows)
      let strip = wide[0..<rows.count, 0..<size]
      strip.copy(images[rows, 0..<size])
      algebra.multiply(
        strip, .transposed, by: wide[0..<rows.count, block], into: squares[0..<size, block],
        adding: true)
    }
  }

  /// Takes from what G makes of a block what the basis holds already, and makes it orthonormal.
  private mutating func separate(_ next: Panel<Float>) throws {
    let products = try Panel<Float>(rowCount: size, columnCount: blockSize)
    coupling = []
    // Once is not enough in floating point, twice is (Kahan and Parlett).
    for _ in 0..<2 {
      algebra.multiply(basis[0..<size], .transposed, by: next.all, into: products.all)
      algebra.multiply(
        basis[0..<size], by: products.all, factor: -1, into: next.all, adding: true)
      let triangle = try algebra.orthonormalize(next.all).map { $0.map(Double.init) }
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

  /// Early checks are cheap and find updates of low rank; later ones take as long as a block.
  private var isTimeToCheck: Bool {
    let blocks = size / blockSize
    return size >= count + Self.guardCount && (blocks < 8 ? blocks % 2 == 0 : true)
  }

  /// The values, if they are good enough.
  private func result() throws -> LeadingTriplets? {
    let kept = min(size, count + Self.guardCount)
    let matrix = try Panel<Double>(rowCount: size, columnCount: size)
    matrix.all.copy(squares[0..<size, 0..<size])
    let vectors = try Panel<Double>(rowCount: size, columnCount: size)
    // All of them: LAPACK finds some of them by bisection, which takes longer.
    let values = try algebra.eigenvalues(of: matrix.all, count: size, vectors: vectors)
      .reversed().map { max(0, $0).squareRoot() }
    let top = values[0]
    let residuals = (0..<count).map { index in
      residual(of: vectors, size - 1 - index) / max(values[index], Self.rounding * top)
    }
    var bound = 0.0
    for (index, residual) in residuals.enumerated() {
      let gap = values[index] - values[kept - 1]
      let error = gap > 0 ? min(residual, residual * residual / gap) : residual
      guard isEnough(error: error, residual: residual, value: values[index], top: top) else {
        return nil
      }
      bound = max(bound, error)
    }
    var triplets = LeadingTriplets(
      values: Array(values.prefix(count)),
      errorBound: top > 0 ? bound / top + Self.rounding : 0, isComplete: false,
      method: .blockKrylov)
    if accuracy.wantsVectors { try add(vectors, to: &triplets) }
    return triplets
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

  private func isEnough(error: Double, residual: Double, value: Double, top: Double) -> Bool {
    switch accuracy {
    case .values(let tolerance): error <= max(tolerance * value, Self.rounding * top)
    case .vectors(let tolerance): residual <= tolerance * top
    }
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
