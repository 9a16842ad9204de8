import Core
import Formats

extension CheckpointComparison {
  /// How many of ``tensors`` hold a value that differs.
  public var changedTensorCount: Int { tensors.count { !$0.metrics.isIdentical } }

  /// The comparison in one sentence, the verdict first.
  public var summary: String {
    let values = NumberText.grouped(total.elementCount)
    guard !isIdentical else {
      return "identical: \(Self.counted(tensors.count, "tensor")) with \(values) values"
    }
    // A verdict is on a model, not on some of its tensors.
    let judgement = isWhole ? verdict.map(words) : nil
    return [judgement, changes, mismatches].compactMap(\.self).joined(separator: "; ")
  }

  /// L2 of the delta over what rounding alone would give; `nil` where that is not known or zero.
  var noiseFloorRatio: Double? {
    guard let floor = total.noiseFloor, floor > 0, total.l2Delta.isFinite else { return nil }
    return total.l2Delta / floor
  }

  private func words(_ verdict: Verdict) -> String {
    switch verdict.kind {
    case .identical: return "identical"
    case .requantised:
      let ratio = NumberText.significant(noiseFloorRatio)
      return "only re-quantised: L2 of Δ is \(ratio) times what rounding alone would give"
    case .fullFineTuning: return "full fine-tuning"
    case .lowRankUpdate:
      return "low-rank update of rank \(verdict.rank ?? 0) in \(verdict.reason ?? "")"
    case .frozenLayers:
      return verdict.frozenLayers.map(\.words).joined(separator: " and ")
        + " frozen, all others fine-tuned"
    case .embeddingOnly: return "only the embedding changed"
    case .unrelated:
      let cosine = NumberText.significant(verdict.matrixCosine)
      return "unrelated: the matrices of the layers have a cosine of \(cosine)"
    case .undetermined: return "undetermined: \(verdict.reason ?? "")"
    }
  }

  private var changes: String {
    guard changedTensorCount > 0 else {
      return "the \(Self.counted(tensors.count, "tensor")) that both have are identical"
    }
    let all = Self.counted(tensors.count, "tensor") + (isWhole ? "" : " looked at")
    let count = "\(changedTensorCount) of \(all) differ"
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
      renamed.isEmpty ? nil : "\(Self.counted(renamed.count, "tensor")) renamed",
      notCompared.isEmpty
        ? nil : "\(Self.counted(notCompared.count, "tensor")) that cannot be decoded",
    ].compactMap(\.self)
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }

  private static func counted(_ count: Int, _ noun: String) -> String {
    "\(NumberText.grouped(count)) \(noun)\(count == 1 ? "" : "s")"
  }
}

extension Verdict.Layers {
  /// The layers as a person counts them off, such as `encoder layers 0 to 3`.
  fileprivate var words: String {
    let name = stack == .encoder ? "encoder layer" : "layer"
    guard range.count > 1 else { return "\(name) \(range.lowerBound)" }
    return "\(name)s \(range.lowerBound) to \(range.upperBound)"
  }
}
