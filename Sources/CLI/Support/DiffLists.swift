import Core
import Diff
import Formats

/// The tensors of a comparison that have no row of their own, or that something is to be said of.
struct DiffLists {
  private let lists: [(title: String, lines: [String])]

  init(_ comparison: CheckpointComparison) {
    lists = [
      ("only in the base", comparison.onlyInBase), ("only in the other", comparison.onlyInOther),
      ("of another shape", comparison.resized.map(Self.line)),
      ("renamed, found by content", comparison.renamed.map(Self.line)),
      ("not compared", comparison.notCompared.map(Self.line)),
      ("tied in one only", comparison.tiedCopies.map(Self.line)),
      ("computed, not learned, in one only", comparison.buffers),
    ]
  }

  /// The lists that hold something, each under its title.
  var text: String {
    lists.filter { !$0.lines.isEmpty }
      .map { title, lines in
        "\n\(title):\n" + lines.map { "  \($0.escapingControls)\n" }.joined()
      }.joined()
  }

  private static func line(_ tensor: Pairing.Resized) -> String {
    let shapes =
      "\(tensor.base.name) \(tensor.base.logicalShape) to \(tensor.other.logicalShape)"
    guard let extra = tensor.extraRows else { return "\(shapes), not compared" }
    let owner = extra.areInBase ? "base" : "other"
    return "\(shapes), \(NumberText.grouped(tensor.comparedRowCount)) rows compared; "
      + "\(NumberText.grouped(extra.count)) more in the \(owner), "
      + "L2 \(NumberText.significant(extra.l2))"
  }

  private static func line(_ tensor: Pairing.Renamed) -> String {
    let names = "\(tensor.baseName) to \(tensor.otherName)"
    switch tensor.match.evidence {
    case .equal_sample: return "\(names): equal values in a sample"
    case .closest_sample:
      let next = tensor.match.nextDistance.map { ", next \(NumberText.significant($0))" } ?? ""
      let distance = NumberText.significant(tensor.match.sampleDistance)
      return "\(names): closest, relative L2 of a sample \(distance)\(next)"
    }
  }

  private static func line(_ tensor: StoredPair) -> String {
    let bytes =
      tensor.hasSameBytes.map { $0 ? "the same bytes" : "different bytes" } ?? "stored differently"
    let names =
      tensor.base.name == tensor.other.name
      ? tensor.base.name : "\(tensor.base.name), \(tensor.other.name)"
    return "\(names): \(tensor.reason); \(bytes)"
  }

  private static func line(_ copy: TiedCopy) -> String {
    let side = copy.isTiedInBase ? "base" : "other"
    return "\(copy.writtenName): the \(side) has its embedding there"
      + (copy.isCompared ? "" : ", which is not compared with it")
  }
}
