import CKernels

// Like Panel.swift, this file touches memory by address: it calls the C kernels of blocks.

/// Multiplies blocks of vectors with a large matrix and its transpose; belongs to one thread.
struct BlockProducts {
  /// How many vectors are multiplied at a time.
  static let width = Int(LETHE_BLOCK_WIDTH)
  /// How many elements of the matrix are kept in the cache between the two products.
  private static let stripElements = 1 << 16
  /// How many rows of the matrix such a strip has.
  private static let stripRows = 24...48

  private static let kernels = lethe_best_kernel_set()

  /// The matrix: each column of the panel is one of its rows.
  private let matrix: Panel<Float>
  /// Whether vectors have one element for each row of the panel, else for each column.
  private let isOfRows: Bool
  /// The vectors with an element for each column of the panel, as the kernels want them: the
  /// elements of ``width`` vectors side by side.
  private let acrossColumns: [Panel<Float>]
  /// The vectors with an element for each row of the panel, packed for the kernels.
  private let acrossRows: [Panel<Float>]
  /// Sums of such vectors.
  private let sums: [Panel<Float>]

  /// Prepares products with blocks of so many vectors, a multiple of ``width``.
  ///
  /// - Throws: ``Core/InputError`` if there is no memory for it.
  init(matrix: Panel<Float>, isOfRows: Bool, blockSize: Int) throws {
    precondition(blockSize % Self.width == 0)
    self.matrix = matrix
    self.isOfRows = isOfRows
    let (rowCount, columnCount) = (matrix.rowCount, matrix.columnCount)
    let chunk = Int(LETHE_BLOCK_CHUNK)
    let parts = 0..<blockSize / Self.width
    func packed() throws -> Panel<Float> {
      try Panel(rowCount: chunk * Self.width, columnCount: (rowCount + chunk - 1) / chunk)
    }
    acrossColumns = try parts.map { _ in
      try Panel(rowCount: Self.width, columnCount: columnCount)
    }
    acrossRows = try parts.map { _ in try packed() }
    sums = try isOfRows ? parts.map { _ in try packed() } : []
  }

  /// Multiplies vectors with the matrix and the result with its transpose.
  ///
  /// The order of all sums is fixed: the bits depend on nothing but the values.
  ///
  /// - Parameters:
  ///   - block: The vectors.
  ///   - images: Receives the first product.
  ///   - squares: Receives the second product.
  func square(_ block: Block<Float>, images: Block<Float>, squares: Block<Float>) {
    let size = acrossRows.count * Self.width
    precondition(block.columnCount == size)
    precondition(images.columnCount == size && squares.columnCount == size)
    precondition(block.rowCount == (isOfRows ? matrix.rowCount : matrix.columnCount))
    precondition(images.rowCount == (isOfRows ? matrix.columnCount : matrix.rowCount))
    precondition(squares.rowCount == block.rowCount)
    if isOfRows {
      multiplyInStrips(block, images: images, squares: squares)
    } else {
      multiplyAcross(block, images: images, squares: squares)
    }
  }

  /// Both products in one pass over the matrix.
  private func multiplyInStrips(
    _ block: Block<Float>, images: Block<Float>, squares: Block<Float>
  ) {
    for part in acrossRows.indices {
      pack(block, part)
      sums[part].clear()
    }
    forEachStrip { strip in
      for part in acrossRows.indices {
        addImages(of: acrossRows[part], part, &strip)
        addReturns(to: sums[part], part, &strip)
      }
    }
    for part in acrossRows.indices {
      images.part(columns(part)).copyTransposed(acrossColumns[part].all)
      unpack(sums[part], to: squares, part)
    }
  }

  /// The products in two passes, the one with the transpose first.
  private func multiplyAcross(_ block: Block<Float>, images: Block<Float>, squares: Block<Float>) {
    for part in acrossRows.indices {
      acrossColumns[part].all.copyTransposed(block.part(columns(part)))
      acrossRows[part].clear()
    }
    forEachStrip { strip in
      for part in acrossRows.indices { addReturns(to: acrossRows[part], part, &strip) }
    }
    forEachStrip { strip in
      for part in acrossRows.indices { addImages(of: acrossRows[part], part, &strip) }
    }
    for part in acrossRows.indices {
      unpack(acrossRows[part], to: images, part)
      squares.part(columns(part)).copyTransposed(acrossColumns[part].all)
    }
  }

  private func columns(_ part: Int) -> Range<Int> {
    part * Self.width..<(part + 1) * Self.width
  }

  /// Rows of the matrix that are worked on.
  @safe private struct Strip {
    let rows: Range<Int>
    /// The memory that is read after them.
    var ahead: lethe_block_ahead

    init(_ rows: Range<Int>, of matrix: Panel<Float>, next: Range<Int>) {
      self.rows = rows
      unsafe ahead = lethe_block_ahead(
        next: matrix.start + next.lowerBound * matrix.rowCount,
        end: matrix.start + next.upperBound * matrix.rowCount)
    }
  }

  private func forEachStrip(_ body: (inout Strip) -> Void) {
    let fitting = Self.stripElements / max(1, matrix.rowCount)
    // The kernels hold three rows in registers.
    let size = min(max(fitting, Self.stripRows.lowerBound), Self.stripRows.upperBound) / 3 * 3
    for start in stride(from: 0, to: matrix.columnCount, by: size) {
      let end = min(matrix.columnCount, start + size)
      var strip = Strip(start..<end, of: matrix, next: end..<min(matrix.columnCount, end + size))
      body(&strip)
    }
  }

  private func addImages(of vectors: Panel<Float>, _ part: Int, _ strip: inout Strip) {
    let first = strip.rows.lowerBound
    unsafe lethe_block_images(
      Self.kernels, matrix.start + first * matrix.rowCount, strip.rows.count, matrix.rowCount,
      vectors.start, acrossColumns[part].start + first * Self.width, &strip.ahead)
  }

  private func addReturns(to vectors: Panel<Float>, _ part: Int, _ strip: inout Strip) {
    let first = strip.rows.lowerBound
    unsafe lethe_block_returns(
      Self.kernels, matrix.start + first * matrix.rowCount, strip.rows.count, matrix.rowCount,
      acrossColumns[part].start + first * Self.width, vectors.start, &strip.ahead)
  }

  private func pack(_ block: Block<Float>, _ part: Int) {
    let vectors = block.part(columns(part))
    unsafe lethe_block_pack(
      vectors.start, vectors.stride, vectors.rowCount, acrossRows[part].start)
  }

  private func unpack(_ packed: Panel<Float>, to block: Block<Float>, _ part: Int) {
    let vectors = block.part(columns(part))
    unsafe lethe_block_unpack(packed.start, vectors.rowCount, vectors.start, vectors.stride)
  }
}
