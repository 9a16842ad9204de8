public import OrderedCollections

/// What the league needs to know of one series: numbers for each of its stages, the base not among them.
public struct LeagueSeries: Sendable, Equatable {
  /// The series's name.
  public var name: String
  /// How many stages it has.
  public var stageCount: Int
  /// The measures that exist for at least one stage; `nil` where one does not.
  public var measures: OrderedDictionary<StageMeasure, [Double?]>
  /// What each stage lost on each axis from the base, in percent.
  public var drops: OrderedDictionary<String, [Double?]>
  /// What each stage alone took of each axis, in percent of the base's score.
  public var stepDrops: OrderedDictionary<String, [Double?]>

  /// Describes a series.
  public init(
    name: String, stageCount: Int, measures: OrderedDictionary<StageMeasure, [Double?]>,
    drops: OrderedDictionary<String, [Double?]>, stepDrops: OrderedDictionary<String, [Double?]>
  ) {
    self.name = name
    self.stageCount = stageCount
    self.measures = measures
    self.drops = drops
    self.stepDrops = stepDrops
  }

  /// The drops that belong to a reference.
  func drops(_ reference: DriftReference) -> OrderedDictionary<String, [Double?]> {
    switch reference {
    case .base: drops
    case .previous: stepDrops
    }
  }

  /// The stages whose forgetting may be exchanged: those where that of every axis is known.
  var exchangeableStages: [Int] {
    let known = (Array(drops.values) + stepDrops.values).filter { $0.contains { $0 != nil } }
    return (0..<stageCount).filter { stage in known.allSatisfy { $0[stage] != nil } }
  }
}

extension LeagueSeries {
  /// Takes what a study found of a series.
  public init(_ series: SeriesResult) {
    let axes = series.leagueAxes
    func drops(_ reference: DriftReference) -> OrderedDictionary<String, [Double?]> {
      OrderedDictionary(uniqueKeysWithValues: axes.map { ($0, series.drops(on: $0, reference)) })
    }
    self.init(
      name: series.name, stageCount: series.stageNames.count,
      measures: series.weightMeasures.merging(series.outputMeasures) { own, _ in own },
      drops: drops(.base), stepDrops: drops(.previous))
  }
}

extension SeriesResult {
  /// The axes of the league: each once, and all abilities together where there are several.
  fileprivate var leagueAxes: [String] {
    let abilities = axes.count { $0.kind == .ability }
    return axes.map(\.name) + (abilities > 1 ? [League.allAbilities] : [])
  }

  fileprivate var weightMeasures: OrderedDictionary<StageMeasure, [Double?]> {
    var measures: OrderedDictionary<StageMeasure, [Double?]> = [:]
    for reference in DriftReference.allCases {
      for place in OrderedSet(drift.flatMap { $0.values(reference).keys }) {
        for measure in DriftMeasure.allCases where measure.references.contains(reference) {
          let own = StageMeasure.weights(place, measure, reference)
          let values = values(of: own)
          if values.contains(where: { $0 != nil }) { measures[own] = values }
        }
      }
    }
    return measures
  }

  fileprivate var outputMeasures: OrderedDictionary<StageMeasure, [Double?]> {
    var measures: OrderedDictionary<StageMeasure, [Double?]> = [:]
    for reference in DriftReference.allCases {
      for axis in leagueAxes {
        let shifts = answerShifts(of: axis, reference)
        for measure in OutputMeasure.allCases {
          let values = shifts.map(measure.value)
          guard values.contains(where: { $0 != nil }) else { continue }
          measures[.outputs(axis: axis, measure, reference)] = values
        }
      }
    }
    return measures
  }
}
