import Core
import Formats

extension CheckpointComparison {
  /// What was done to the model as a whole.
  ///
  /// - Parameters:
  ///   - pairing: What was compared, in the order of ``tensors``.
  ///   - base: The checkpoint that differences are measured from.
  ///   - other: The checkpoint that is compared with it.
  ///   - workGroup: The threads to work with.
  /// - Returns: The verdict with its evidence.
  /// - Throws: ``Formats/CheckpointError`` if a value cannot be read.
  func verdict(
    on pairing: Pairing, base: any TensorSource, other: any TensorSource, workGroup: WorkGroup
  ) throws -> Verdict {
    guard !isIdentical else { return Verdict(.identical) }
    let judge = RoundingJudge(base: base, other: other)
    let changes = try zip(pairing.pairs, tensors).map { pair, delta in
      TensorChange(
        pair: pair, metrics: delta.metrics, extent: try judge.extent(of: pair, delta.metrics))
    }
    return try VerdictDecision(
      changes: changes, total: total, resized: resized, obstacle: obstacle,
      base: base, other: other, workGroup: workGroup
    ).verdict()
  }

  /// What keeps the pair from being judged as a whole; `nil` for nothing.
  private var obstacle: String? {
    guard isWhole else { return "only some of the tensors were compared" }
    guard onlyInBase.isEmpty, onlyInOther.isEmpty else {
      return "one has tensors that the other has not"
    }
    guard notCompared.allSatisfy({ $0.hasSameBytes == true }) else {
      return "some tensors cannot be decoded"
    }
    guard renamed.isEmpty || !total.isIdentical else {
      return "the values are the same, under other names"
    }
    guard resized.allSatisfy({ $0.comparedRowCount > 0 }) else {
      return "some tensors have shapes that cannot be compared"
    }
    return nil
  }

  /// The numbers that the verdict rests on, as a JSON object.
  var verdictEvidence: JSONValue {
    [
      "reason": JSONValue(verdict?.reason),
      "tensor_count": .integer(tensors.count),
      "changed_tensor_count": .integer(changedTensorCount),
      "moved_tensor_count": JSONValue(verdict?.movedTensorCount),
      "rounded_tensor_count": JSONValue(verdict?.roundedTensorCount),
      "only_in_base_count": .integer(onlyInBase.count),
      "only_in_other_count": .integer(onlyInOther.count),
      "resized_count": .integer(resized.count),
      "renamed_count": .integer(renamed.count),
      "not_compared_count": .integer(notCompared.count),
      "identical_fraction": .number(total.identicalFraction),
      "relative_l2": JSONValue(total.relativeL2),
      "cosine": JSONValue(total.cosine),
      "matrix_cosine": JSONValue(verdict?.matrixCosine),
      "noise_floor_ratio": JSONValue(noiseFloorRatio),
      "rank": JSONValue(verdict?.rank),
      "rank_matrices": .array((verdict?.rankMatrices ?? []).map(\.json)),
      "frozen_layers": .array((verdict?.frozenLayers ?? []).map(\.json)),
      "row_orders": .array(rowOrders.map(\.json)),
    ]
  }
}

extension Verdict.Layers {
  fileprivate var json: JSONValue {
    [
      "stack": .string(stack.rawValue),
      "first_layer": .integer(range.lowerBound),
      "last_layer": .integer(range.upperBound),
    ]
  }
}

extension UpdateRank.Matrix {
  fileprivate var json: JSONValue {
    let rank: Int? = if case .low(let rank) = outcome { rank } else { nil }
    let isFull = outcome == .full
    return [
      "name": .string(name),
      "row_count": .integer(rowCount),
      "rank": JSONValue(rank),
      "is_full_rank": .bool(isFull),
      "noise_ratio": .number(noiseRatio),
    ]
  }
}
