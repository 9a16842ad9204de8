import Core
import Formats

extension CheckpointComparison {
  /// What can be said about a pair as a whole with certainty.
  public enum Verdict: String, Sendable {
    /// The two hold the same tensors with the same values.
    case identical
  }

  /// What can be said about the pair with certainty; `nil` where nothing can.
  public var verdict: Verdict? { isIdentical ? .identical : nil }

  /// How many of ``tensors`` hold a value that differs.
  public var changedTensorCount: Int { tensors.count { !$0.metrics.isIdentical } }

  /// The comparison in one sentence.
  public var summary: String {
    let values = NumberText.grouped(total.elementCount)
    guard !isIdentical else {
      return "identical: \(Self.counted(tensors.count, "tensor")) with \(values) values"
    }
    return ([changes] + [mismatches].compactMap(\.self)).joined(separator: "; ")
  }

  private var changes: String {
    guard changedTensorCount > 0 else {
      return "the \(Self.counted(tensors.count, "tensor")) that both have are identical"
    }
    let count = "\(changedTensorCount) of \(Self.counted(tensors.count, "tensor")) differ"
    // Integers of 64 bits can differ although all deltas are zero.
    guard total.l2Delta != 0 else { return "\(count), by less than 64-bit floats can tell" }
    let changed =
      count
      + (total.relativeL2.map { ", relative L2 \(NumberText.significant($0))" } ?? "")
    let largest = tensors.leading(1, by: \.metrics).first
    let name = largest.map { $0.role?.description ?? $0.baseName } ?? ""
    let size = NumberText.significant(largest?.metrics.relativeL2)
    return "\(changed), most of all \(name) with \(size)"
  }

  /// Tensors without a partner, in words; `nil` if there are none.
  public var mismatches: String? {
    let parts = [
      onlyInBase.isEmpty ? nil : "\(Self.counted(onlyInBase.count, "tensor")) only in the base",
      onlyInOther.isEmpty ? nil : "\(Self.counted(onlyInOther.count, "tensor")) only in the other",
      resized.isEmpty ? nil : "\(Self.counted(resized.count, "tensor")) of another shape",
    ].compactMap(\.self)
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }

  private static func counted(_ count: Int, _ noun: String) -> String {
    "\(NumberText.grouped(count)) \(noun)\(count == 1 ? "" : "s")"
  }
}
