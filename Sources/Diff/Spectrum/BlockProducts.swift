import CKernels

// Like Panel.swift, this file touches memory by address: it calls the C kernels of blocks.

/// Multiplies blocks of vectors with a large matrix and its transpose.
struct BlockProducts {
  /// How many vectors are multiplied at a time.
  static let width = Int(LETHE_BLOCK_WIDTH)
  /// How many rows of the matrix are kept in the cache between the two products.
  private static let stripRows = 64

  private static let kernels = lethe_best_kernel_set()

  /// The matrix: each column of the panel is one of its rows.
  let matrix: Panel<Float>
  /// Whether vectors have one element for each row of the panel, else for each column.
  let isOfRows: Bool

  /// Multiplies vectors with the matrix and the result with its transpose.
  ///
  /// The order of all sums is fixed: the bits depend on nothing but the values.
  ///
  /// - Parameters:
  ///   - block: The vectors, a multiple of ``width`` of them.
  ///   - images: Receives the first product.
  /// - Returns: The second product.
  func square(_ block: Block<Float>, images: Block<Float>) throws -> Panel<Float> {
    precondition(block.columnCount % Self.width == 0 && images.columnCount == block.columnCount)
    precondition(block.rowCount == (isOfRows ? matrix.rowCount : matrix.columnCount))
    precondition(images.rowCount == (isOfRows ? matrix.columnCount : matrix.rowCount))
    let result = try Panel<Float>(rowCount: block.rowCount, columnCount: block.columnCount)
    for start in stride(from: 0, to: block.columnCount, by: Self.width) {
      let columns = start..<start + Self.width
      // The kernels want the elements of all vectors in one place side by side.
      let near = try Panel<Float>(rowCount: Self.width, columnCount: block.rowCount)
      let far = try Panel<Float>(rowCount: Self.width, columnCount: images.rowCount)
      let back = try Panel<Float>(rowCount: Self.width, columnCount: block.rowCount)
      near.all.copyTransposed(block.part(columns))
      isOfRows ? multiplyInStrips(near, far, back) : multiplyAcross(near, far, back)
      images.part(columns).copyTransposed(far.all)
      result[columns].copyTransposed(back.all)
    }
    return result
  }

  /// Both products in one pass over the matrix.
  private func multiplyInStrips(_ near: Panel<Float>, _ far: Panel<Float>, _ back: Panel<Float>) {
    for start in stride(from: 0, to: matrix.columnCount, by: Self.stripRows) {
      let count = min(Self.stripRows, matrix.columnCount - start)
      let rows = unsafe matrix.start + start * matrix.rowCount
      let images = unsafe far.start + start * Self.width
      unsafe lethe_block_images(Self.kernels, rows, count, matrix.rowCount, near.start, images)
      unsafe lethe_block_returns(Self.kernels, rows, count, matrix.rowCount, images, back.start)
    }
  }

  /// The products in two passes, the one with the transpose first.
  private func multiplyAcross(_ near: Panel<Float>, _ far: Panel<Float>, _ back: Panel<Float>) {
    for start in stride(from: 0, to: matrix.columnCount, by: Self.stripRows) {
      let count = min(Self.stripRows, matrix.columnCount - start)
      unsafe lethe_block_returns(
        Self.kernels, matrix.start + start * matrix.rowCount, count, matrix.rowCount,
        near.start + start * Self.width, far.start)
    }
    unsafe lethe_block_images(
      Self.kernels, matrix.start, matrix.columnCount, matrix.rowCount, far.start, back.start)
  }
}
