import CKernels

/// Products of packed operands.
extension Kernels {
  /// Columns of a product, or rows of its weights, in one panel.
  static let panelWidth = Int(LETHE_PANEL_WIDTH)

  /// Rows of activations that are packed together.
  static let rowBlock = Int(LETHE_ROW_BLOCK)

  /// How many panels `n` rows of weights take.
  static func panelCount(n: Int) -> Int { (n + panelWidth - 1) / panelWidth }

  /// The bytes of one panel of rows of `k` elements; panels lie one behind the other.
  static func panelByteCount(_ operand: Operand, k: Int) -> Int {
    lethe_panel_bytes(operand.kernel, k)
  }

  /// The bytes of `m` packed rows of activations; `m` is rounded up to whole blocks.
  static func activationByteCount(_ operand: Operand, m: Int, k: Int) -> Int {
    lethe_packed_rows_bytes(operand.kernel, m, k)
  }

  /// Packs rows of weights [n, k], from `first` on, into the panels of a matrix.
  ///
  /// Rows of different panels may be packed at the same time.
  func packWeights(
    _ operand: Operand, _ rows: Rows, n: Int, k: Int, into panels: ByteBuffer, first: Int
  ) {
    precondition(first >= 0, "rows before the first")
    unsafe lethe_pack_weights(
      set, operand.kernel, rows.pointer(rows: n, columns: k), n, k, rows.stride, first,
      Self.panels(panels, operand, rows: first + n, k: k))
  }

  /// The same from rows of 16-bit numbers, little-endian, one behind the other: `halves` must point
  /// to n · k of them, at any address.
  func packWeights(
    _ operand: Operand, halves: UnsafeRawPointer, _ format: HalfFormat, n: Int, k: Int,
    into panels: ByteBuffer, first: Int
  ) {
    precondition(first >= 0, "rows before the first")
    unsafe lethe_pack_half_weights(
      set, operand.kernel, halves, format.kernel, n, k, first,
      Self.panels(panels, operand, rows: first + n, k: k))
  }

  /// Packs rows of activations [m, k] into a buffer, as its rows from `first` on.
  ///
  /// `first` is a multiple of ``rowBlock``, so that threads can share a buffer.
  func packActivations(
    _ operand: Operand, _ rows: Rows, m: Int, k: Int, into packed: ByteBuffer, first: Int
  ) {
    precondition(first >= 0 && first % Self.rowBlock == 0, "rows start within a block")
    unsafe lethe_pack_activations(
      set, operand.kernel, rows.pointer(rows: m, columns: k), m, k, rows.stride, first,
      packed.pointer(at: 0, needed: Self.activationByteCount(operand, m: first + m, k: k)))
  }

  /// output [rows, columns] = activations × weightsᵀ, of some rows and of the columns of some panels.
  ///
  /// `rows` are rows of the packed activations, the first a multiple of ``rowBlock``; the columns are
  /// those of `panelRange`, cut at the `n` rows that the whole matrix of weights has. `output` starts
  /// with the first of both.
  func product(
    _ operand: Operand, _ activations: ByteBuffer, rows: Range<Int>, panels: ByteBuffer,
    panelRange: Range<Int>, n: Int, k: Int, output: Rows
  ) {
    precondition(k > 0, "a product over nothing")
    precondition(rows.lowerBound % Self.rowBlock == 0, "rows start within a block")
    let columns =
      panelRange.lowerBound * Self.panelWidth..<min(n, panelRange.upperBound * Self.panelWidth)
    let panelBytes = Self.panelByteCount(operand, k: k)
    unsafe lethe_multiply_panels(
      set, operand.kernel,
      activations.pointer(
        at: 0, needed: Self.activationByteCount(operand, m: rows.upperBound, k: k)),
      rows.lowerBound, rows.count,
      panels.pointer(
        at: panelRange.lowerBound * panelBytes, needed: panelRange.count * panelBytes),
      columns.count, k, output.pointer(rows: rows.count, columns: columns.count), output.stride)
  }

  private static func panels(_ buffer: ByteBuffer, _ operand: Operand, rows: Int, k: Int)
    -> UnsafeMutableRawPointer
  {
    unsafe buffer.pointer(
      at: 0, needed: panelCount(n: rows) * panelByteCount(operand, k: k))
  }
}

/// What this machine could do at best.
extension Kernels {
  /// The multiplications and additions per second of one thread that does nothing else, for about
  /// so many seconds.
  func peak(_ operand: Operand, seconds: Double) -> Double {
    lethe_peak(set, operand.kernel, seconds)
  }
}
