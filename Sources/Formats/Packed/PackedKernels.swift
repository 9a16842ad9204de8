import CKernels

// The only file of this folder that touches memory by address: the C loops over packed codes.
// Whoever calls has compared the shapes of all tensors when the checkpoint was opened; the counts
// of places and bytes are compared here once more.

/// The loops that turn packed codes into floats.
enum PackedKernel {
  /// How many rows of a matrix with packed columns are decoded together at most.
  static let tileRows = Int(LETHE_TILE_ROWS)

  /// A byte of a span.
  static func byte(_ bytes: RawSpan, _ index: Int) -> UInt8 {
    precondition(index >= 0 && index < bytes.byteCount)
    return unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)
  }

  /// A little-endian integer of a span of them.
  static func integer<Number: FixedWidthInteger & BitwiseCopyable>(
    _ bytes: RawSpan, _ index: Int, as type: Number.Type
  ) -> Number {
    let size = MemoryLayout<Number>.size
    precondition(index >= 0 && (index + 1) * size <= bytes.byteCount)
    return Number(
      littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index * size, as: type))
  }

  /// A row of codes.
  struct Row {
    var bits: Int
    var isHighNibbleFirst: Bool
    /// What each code stands for: 2^bits values.
    var table: [Float]
  }

  /// The scales of some elements of a row.
  struct RowScales {
    var scales: [Float] = []
    var zeros: [Float]?
    /// The group that the first of the scales belongs to.
    var firstGroup = 0
    var groupSize = 1
    /// The group of every element; `nil` where groups follow each other.
    var groups: [Int32]?
    var factor: Float = 1
  }

  /// Decodes elements of one row.
  static func unpack(
    _ row: Row, _ bytes: RawSpan, _ scales: RowScales, _ elements: Range<Int>,
    into output: inout MutableSpan<Float>, at position: Int
  ) {
    guard !elements.isEmpty else { return }
    precondition(position >= 0 && position + elements.count <= output.count)
    precondition(elements.lowerBound >= 0 && row.table.count == 1 << row.bits)
    precondition((elements.upperBound * row.bits + 7) / 8 <= bytes.byteCount)
    precondition(scales.zeros.map { $0.count == scales.scales.count } ?? true)
    if let groups = scales.groups {
      precondition(scales.firstGroup == 0 && groups.count == elements.count)
    } else {
      let last = (elements.upperBound - 1) / scales.groupSize - scales.firstGroup
      let first = elements.lowerBound / scales.groupSize - scales.firstGroup
      precondition(first >= 0 && last < scales.scales.count)
    }
    unsafe output.withUnsafeMutableBufferPointer { places in
      unsafe bytes.withUnsafeBytes { stored in
        guard let target = places.baseAddress,
          let start = unsafe stored.bindMemory(to: UInt8.self).baseAddress
        else { return }
        unsafe row.table.withUnsafeBufferPointer { table in
          unsafe withPointers(scales) { values in
            let codes = unsafe lethe_code_row(
              bytes: start, byte_count: Int64(stored.count), bits: Int32(row.bits),
              high_nibble_first: row.isHighNibbleFirst ? 1 : 0, table: table.baseAddress)
            unsafe lethe_unpack_row(
              codes, values, Int64(elements.lowerBound), Int64(elements.count), target + position)
          }
        }
      }
    }
  }

  private static func withPointers(_ scales: RowScales, _ body: (lethe_row_scales) -> Void) {
    unsafe scales.scales.withUnsafeBufferPointer { values in
      unsafe (scales.zeros ?? []).withUnsafeBufferPointer { zeros in
        unsafe (scales.groups ?? []).withUnsafeBufferPointer { groups in
          unsafe body(
            lethe_row_scales(
              scales: values.baseAddress, zeros: scales.zeros == nil ? nil : zeros.baseAddress,
              first_group: Int64(scales.firstGroup), group_size: Int64(scales.groupSize),
              groups: scales.groups == nil ? nil : groups.baseAddress, factor: scales.factor))
        }
      }
    }
  }

  /// A matrix of words whose codes are stored transposed.
  struct Columns {
    var order: lethe_column_order
    var bits: Int
    /// Words in a stored row.
    var wordStride: Int

    /// How many words matrix rows up to `rows` and columns up to `columns` reach over.
    func wordCount(rows: Int, columns: Int) -> Int {
      order == LETHE_COLUMNS_AWQ ? columns * wordStride : (columns * bits + 31) / 32 * wordStride
    }
  }

  /// Decodes a tile of rows; `scales` and `zeros` have one number for each group and row.
  static func unpack(
    _ matrix: Columns, _ words: RawSpan, rows: Range<Int>, columns: Range<Int>, groups: [Int32],
    scales: [Float], zeros: [Float], into output: inout MutableSpan<Float>, at position: Int,
    stride: Int
  ) {
    guard !rows.isEmpty, !columns.isEmpty else { return }
    precondition(rows.count <= tileRows && groups.count == columns.count)
    precondition(scales.count == zeros.count)
    precondition(rows.lowerBound >= 0 && columns.lowerBound >= 0)
    let isAWQ = matrix.order == LETHE_COLUMNS_AWQ
    precondition(
      isAWQ ? rows.upperBound <= 8 * matrix.wordStride : rows.upperBound <= matrix.wordStride)
    let needed = matrix.wordCount(rows: rows.upperBound, columns: columns.upperBound)
    precondition(4 * needed <= words.byteCount)
    let last = position + (rows.count - 1) * stride + columns.count
    precondition(position >= 0 && stride >= 0 && last <= output.count)
    unsafe output.withUnsafeMutableBufferPointer { places in
      unsafe words.withUnsafeBytes { stored in
        guard let target = places.baseAddress,
          let start = unsafe stored.bindMemory(to: UInt8.self).baseAddress
        else { return }
        let codes = unsafe lethe_code_columns(
          words: start, word_stride: Int64(matrix.wordStride), order: matrix.order,
          bits: Int32(matrix.bits))
        unsafe groups.withUnsafeBufferPointer { groups in
          unsafe scales.withUnsafeBufferPointer { scales in
            unsafe zeros.withUnsafeBufferPointer { zeros in
              unsafe lethe_unpack_columns(
                codes, Int64(rows.lowerBound), Int64(rows.count), Int64(columns.lowerBound),
                Int64(columns.count), groups.baseAddress, scales.baseAddress, zeros.baseAddress,
                target + position, Int64(stride))
            }
          }
        }
      }
    }
  }

  /// Decodes the zero points of some rows in one stored row.
  static func unpackZeros(
    _ matrix: Columns, _ words: RawSpan, storedRow: Int, rows: Range<Int>, offset: Int,
    into output: inout MutableSpan<Float>, at position: Int
  ) {
    precondition(storedRow >= 0 && 4 * (storedRow + 1) * matrix.wordStride <= words.byteCount)
    precondition(rows.lowerBound >= 0 && rows.upperBound * matrix.bits <= 32 * matrix.wordStride)
    precondition(position >= 0 && position + rows.count <= output.count)
    guard !rows.isEmpty else { return }
    unsafe output.withUnsafeMutableBufferPointer { places in
      unsafe words.withUnsafeBytes { stored in
        guard let target = places.baseAddress,
          let start = unsafe stored.bindMemory(to: UInt8.self).baseAddress
        else { return }
        let codes = unsafe lethe_code_columns(
          words: start, word_stride: Int64(matrix.wordStride), order: matrix.order,
          bits: Int32(matrix.bits))
        unsafe lethe_unpack_zeros(
          codes, Int64(storedRow), Int64(rows.lowerBound), Int64(rows.count), Int32(offset),
          target + position)
      }
    }
  }

  /// Decodes a part of one expert's FP4 blocks, its axes exchanged; `table` is what each of the 16
  /// codes stands for, twice over.
  static func unpackTransposed(
    _ table: [Float], blocks: RawSpan, scales: RawSpan, groups: Int, inputs: Range<Int>,
    outputs: Range<Int>,
    into output: inout MutableSpan<Float>, at position: Int, stride: Int
  ) {
    guard !inputs.isEmpty, !outputs.isEmpty else { return }
    precondition(inputs.lowerBound >= 0 && inputs.upperBound <= groups * 32 && table.count == 16)
    precondition(outputs.lowerBound >= 0 && outputs.upperBound * groups <= scales.byteCount)
    precondition(outputs.upperBound * groups * 16 <= blocks.byteCount)
    let last = position + (inputs.count - 1) * stride + outputs.count
    precondition(position >= 0 && stride >= 0 && last <= output.count)
    unsafe output.withUnsafeMutableBufferPointer { places in
      unsafe blocks.withUnsafeBytes { blocks in
        unsafe scales.withUnsafeBytes { scales in
          guard let target = places.baseAddress,
            let start = unsafe blocks.bindMemory(to: UInt8.self).baseAddress,
            let scaleStart = unsafe scales.bindMemory(to: UInt8.self).baseAddress
          else { return }
          unsafe table.withUnsafeBufferPointer { table in
            unsafe FloatTables.halvedExponents.withUnsafeBufferPointer { scaleTable in
              unsafe lethe_unpack_blocks_transposed(
                start, scaleStart, Int64(groups), Int64(inputs.lowerBound), Int64(inputs.count),
                Int64(outputs.lowerBound), Int64(outputs.count), table.baseAddress,
                scaleTable.baseAddress, target + position, Int64(stride))
            }
          }
        }
      }
    }
  }
}
