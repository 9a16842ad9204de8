import Core
import Diff
import Formats

/// What a person reads of the parts of tensors: tokens, heads and experts that moved most.
struct SegmentTables {
  /// So many heads and experts have a row unless something else was asked for.
  private static let rowCount = 20

  private let comparison: CheckpointComparison
  private let top: Int

  /// The tables of a comparison, with a row for so many heads and experts.
  init(_ comparison: CheckpointComparison, top: Int?) {
    self.comparison = comparison
    self.top = top ?? Self.rowCount
  }

  /// The tables that have rows.
  var all: [TextTable] { (tokens + [experts]).filter { !$0.rows.isEmpty } + ofHeads }

  /// The table of heads, if any were asked for and found.
  var ofHeads: [TextTable] { [heads].filter { !$0.rows.isEmpty } }

  /// A table for each tensor that has a row for each token.
  private var tokens: [TextTable] {
    comparison.tensors.compactMap { tensor in
      guard let tokens = tensor.segments?.tokens else { return nil }
      return TextTable(
        title: "tokens that moved most in \(Self.name(tensor)), by L2 of Δ",
        columns: [.numbers("id", key: "id"), .words("token", key: "text")] + Self.metricColumns,
        rows: tokens.map { token in
          let text = token.text.map { "'\($0.escapingControls)'" } ?? NumberText.missing
          return [.count(token.id), TextTable.Cell(text, raw: token.text ?? "")]
            + Self.cells(token.delta)
        })
    }
  }

  /// All heads that were asked for, biases too, for CSV.
  var allHeads: TextTable { Self.headTable(headRows, namesProjections: true) }

  private typealias HeadRow = (tensor: TensorDelta, head: HeadDelta)

  private var headRows: [HeadRow] {
    comparison.tensors.flatMap { tensor in
      (tensor.segments?.heads ?? []).map { (tensor: tensor, head: $0) }
    }
  }

  private var heads: TextTable {
    // The few values of a bias move further than its matrix and would hide it.
    let rows = headRows.filter { $0.tensor.shape.count > 1 }
    // Only a tensor of all three projections leaves open which one a head is of.
    var table = Self.headTable(
      rows.leading(top, byRelativeL2: \.head.delta),
      namesProjections: rows.contains { $0.tensor.role?.component == .attn_qkv })
    table.title = Self.title("heads", count: rows.count, shown: table.rows.count)
    return table
  }

  private static func headTable(_ rows: [HeadRow], namesProjections: Bool) -> TextTable {
    let projection = TextTable.Column.words("of", key: "projection")
    return TextTable(
      columns: [.words("part", key: "role")] + (namesProjections ? [projection] : [])
        + [.numbers("head", key: "head")] + metricColumns,
      rows: rows.map { row in
        let label = TextTable.Cell(row.head.projection.rawValue)
        return [TextTable.Cell(name(row.tensor))] + (namesProjections ? [label] : [])
          + [.count(row.head.head)] + cells(row.head.delta)
      })
  }

  private var experts: TextTable {
    let rows = comparison.experts.leading(top, byRelativeL2: \.delta)
    return TextTable(
      title: Self.title("experts", count: comparison.experts.count, shown: rows.count),
      columns: [.words("part", key: "layer"), .numbers("expert", key: "expert")]
        + Self.metricColumns,
      rows: rows.map { expert in
        [TextTable.Cell(DriftUnit.layer(expert.key).label), .count(expert.expert)]
          + Self.cells(expert.delta)
      })
  }

  private static func title(_ what: String, count: Int, shown: Int) -> String {
    "\(what) that moved most, by relative L2 (\(shown) of \(NumberText.grouped(count)))"
  }

  private static func name(_ tensor: TensorDelta) -> String {
    tensor.role?.description ?? tensor.baseName.escapingControls
  }

  private static let metricColumns: [TextTable.Column] = [
    .numbers("rel. L2", key: "relative_l2"), .numbers("L2 of Δ", key: "l2_delta"),
    .numbers("L2 of base", key: "l2_base"), .numbers("cosine", key: "cosine"),
  ]

  private static func cells(_ delta: SegmentDelta) -> [TextTable.Cell] {
    [
      .significant(delta.relativeL2), .significant(delta.l2Delta), .significant(delta.l2Base),
      .fixed(delta.cosine, decimals: 6),
    ]
  }
}
