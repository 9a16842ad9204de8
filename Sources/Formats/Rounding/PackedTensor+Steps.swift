extension PackedTensor {
  /// The sum of the squared steps of some elements of the flattened weight.
  func stepSquares(_ elements: Range<Int>) throws(CheckpointError) -> Double {
    switch layout {
    case .rows(let rows): try rows.stepSquares(elements)
    case .columns(let columns): try columns.stepSquares(elements)
    case .experts(let experts): experts.stepSquares(elements)
    }
  }
}

extension PackedRows {
  /// The sum of the squared steps of some elements: those of the codes, scaled as the codes are.
  fileprivate func stepSquares(_ elements: Range<Int>) throws(CheckpointError) -> Double {
    var steps = self
    steps.row.table = FloatFormat.steps(of: row.table)
    steps.grid.zeroPoints = nil
    if groups == nil, let step = Set(steps.row.table).first,
      steps.row.table.allSatisfy({ $0 == step })
    {
      return uniformSquares(elements, step: step)
    }
    return try sumOfSquares(elements) { strip, output throws(CheckpointError) in
      try steps.decode(strip, into: &output)
    }
  }

  /// The sum where all codes are equally far apart: by groups, without their codes.
  private func uniformSquares(_ elements: Range<Int>, step: Float) -> Double {
    guard !elements.isEmpty else { return 0 }
    var sum = 0.0
    for row in elements.lowerBound / rowElements...(elements.upperBound - 1) / rowElements {
      let start = row * rowElements
      let columns =
        max(0, elements.lowerBound - start)..<min(rowElements, elements.upperBound - start)
      let needed = grid.groups(of: columns)
      let scales = grid.scales(gridRow: grid.gridRow(ofRow: row), needed)
      for (group, scale) in zip(needed, scales) {
        let first = group * grid.blockColumns
        let count = columns.clamped(to: first..<first + grid.blockColumns).count
        sum += square(step * scale * factor) * Double(count)
      }
    }
    return sum
  }
}

extension PackedColumns {
  /// The sum of the squared steps of some elements: the scales of their groups.
  fileprivate func stepSquares(_ elements: Range<Int>) throws(CheckpointError) -> Double {
    guard !elements.isEmpty else { return 0 }
    let (first, last) = (elements.lowerBound / inputs, (elements.upperBound - 1) / inputs)
    let start = elements.lowerBound - first * inputs
    let end = elements.upperBound - last * inputs
    guard first < last else { return try stepSquares(rows: first..<last + 1, columns: start..<end) }
    return try stepSquares(rows: first..<first + 1, columns: start..<inputs)
      + stepSquares(rows: first + 1..<last, columns: 0..<inputs)
      + stepSquares(rows: last..<last + 1, columns: 0..<end)
  }

  private func stepSquares(
    rows: Range<Int>, columns: Range<Int>
  ) throws(CheckpointError) -> Double {
    var counts = [Double](repeating: 0, count: groupCount)
    if let groups {
      for group in try groups.values(columns) { counts[Int(group)] += 1 }
    } else {
      for column in columns { counts[column / groupSize] += 1 }
    }
    return counts.enumerated().reduce(0) { sum, group in
      let start = group.offset * outputs
      let scales = scales.values(start + rows.lowerBound..<start + rows.upperBound)
      return sum + group.element * scales.reduce(0) { $0 + square($1) }
    }
  }
}

extension PackedExperts {
  /// The sum of the squared steps of some elements: those of the codes, scaled as the codes are.
  fileprivate func stepSquares(_ elements: Range<Int>) -> Double {
    var steps = self
    steps.table = FloatFormat.steps(of: table)
    return sumOfSquares(elements) { strip, output in steps.decode(strip, into: &output) }
  }
}

/// The sum of the squares of what a closure decodes, strip by strip.
private func sumOfSquares<E: Error>(
  _ elements: Range<Int>, _ decode: (Range<Int>, inout MutableSpan<Float>) throws(E) -> Void
) throws(E) -> Double {
  var sum = 0.0
  for start in stride(from: elements.lowerBound, to: elements.upperBound, by: 1 << 14) {
    let strip = start..<min(elements.upperBound, start + 1 << 14)
    var steps = [Float](repeating: 0, count: strip.count)
    var span = steps.mutableSpan
    try decode(strip, &span)
    sum = steps.reduce(sum) { $0 + square($1) }
  }
  return sum
}

/// The square of a step; zero for one that is no finite number.
private func square(_ step: Float) -> Double {
  step.isFinite ? Double(step) * Double(step) : 0
}
