import OrderedCollections
import Statistics

/// All associations of drift with forgetting that were looked at in one series.
public struct AssociationReport: Sendable, Equatable {
  /// One for each axis, part, measure and reference.
  public let associations: [Association]
  /// The number of stages of the series.
  public let stageCount: Int
  /// How many p-values were computed; the correction is for so many.
  public let testCount: Int

  /// Looks at every measure of every part against every axis.
  ///
  /// - Parameters:
  ///   - drift: The drift of the stages in order, the base not among them.
  ///   - axes: The forgetting of the axes over the same stages.
  public init(drift: [StageDrift], axes: [Forgetting]) {
    let places = drift.first.map { Array($0.fromBase.keys) } ?? []
    var associations: [Association] = []
    for axis in axes {
      for reference in DriftReference.allCases {
        for place in places {
          for measure in DriftMeasure.allCases {
            associations.append(
              Association(
                drift: drift, axis: axis, place: place, measure: measure, reference: reference))
          }
        }
      }
    }
    testCount = Self.correct(&associations)
    self.associations = associations
    stageCount = drift.count
  }

  /// The associations of the model as a whole.
  public var ofModel: [Association] {
    associations.filter { $0.place.level == .model }
  }

  /// Writes the corrected p-values and returns how many there are.
  private static func correct(_ associations: inout [Association]) -> Int {
    let pearson = associations.indices.filter { associations[$0].pearson != nil }
    let spearman = associations.indices.filter { associations[$0].spearman != nil }
    let adjusted = holmAdjusted(
      pearson.compactMap { associations[$0].pearson?.pValue }
        + spearman.compactMap { associations[$0].spearman?.pValue })
    for (position, index) in pearson.enumerated() {
      associations[index].pearsonAdjustedPValue = adjusted[position]
    }
    for (position, index) in spearman.enumerated() {
      associations[index].spearmanAdjustedPValue = adjusted[pearson.count + position]
    }
    return adjusted.count
  }
}

extension Association {
  /// Pairs one measure with one axis, stage by stage.
  fileprivate init(
    drift: [StageDrift], axis: Forgetting, place: DriftPlace, measure: DriftMeasure,
    reference: DriftReference
  ) {
    let pairs = zip(drift, axis.stages).compactMap { drift, forgetting in
      Pair(drift, forgetting, place, measure, reference)
    }
    let distances = pairs.map(\.distance)
    let drops = pairs.map(\.drop)
    let stages = pairs.map(\.stage)
    self.init(
      axis: axis.axis, place: place, measure: measure, reference: reference,
      stageCount: pairs.count, pearson: PermutationTest(.pearson, distances, drops),
      spearman: PermutationTest(.spearman, distances, drops),
      driftWithStage: correlation(.spearman, stages, distances),
      dropWithStage: correlation(.spearman, stages, drops))
  }
}

/// One stage's drift and drop.
private struct Pair {
  let stage: Double
  let distance: Double
  let drop: Double

  /// `nil` where one of the two is not defined.
  init?(
    _ drift: StageDrift, _ forgetting: Forgetting.Stage, _ place: DriftPlace,
    _ measure: DriftMeasure, _ reference: DriftReference
  ) {
    let loss =
      switch reference {
      case .base: forgetting.dropPercent
      case .previous: forgetting.stepDropPercent
      }
    guard let values = drift.values(reference)[place], let distance = measure.value(values),
      let loss
    else { return nil }
    stage = Double(forgetting.stage)
    self.distance = distance
    drop = loss
  }
}
