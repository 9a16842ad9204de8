import OrderedCollections

/// One number of every stage that may go with its forgetting.
public enum StageMeasure: Hashable, Sendable {
  /// How far a part of the model moved.
  case weights(DriftPlace, DriftMeasure, DriftReference)
  /// How far the answers on an axis moved; ``League/allAbilities`` for those on all axes of ability.
  case outputs(axis: String, OutputMeasure, DriftReference)

  /// What both the measure and the drop that it is set against are taken from.
  public var reference: DriftReference {
    switch self {
    case .weights(_, _, let reference), .outputs(_, _, let reference): reference
    }
  }

  /// What the number is of: `model`, `layer`, `component` or `output`.
  public var level: String {
    switch self {
    case .weights(let place, _, _): place.level.rawValue
    case .outputs: Self.outputLevel
    }
  }

  /// The ``level`` of answers.
  public static let outputLevel = "output"

  /// The name of the part among those of its level; for answers, the axis.
  public var name: String {
    switch self {
    case .weights(let place, _, _): place.name
    case .outputs(let axis, _, _): axis
    }
  }

  /// The measure's key in JSON and CSV.
  public var key: String {
    switch self {
    case .weights(_, let measure, _): measure.rawValue
    case .outputs(_, let measure, _): measure.rawValue
    }
  }

  /// The measure's own name as a reader sees it, such as `relative L2`.
  public var measureTitle: String {
    switch self {
    case .weights(_, let measure, _): measure.title
    case .outputs(_, let measure, _): measure.title
    }
  }

  /// The part as a reader sees it, such as `layer 3`.
  public var placeTitle: String {
    switch self {
    case .weights(let place, _, _): place.title
    case .outputs(let axis, _, _): "answers on \(axis)"
    }
  }

  /// All of it as a reader sees it, such as `relative L2 of layer 3 from the base`.
  public var title: String {
    switch self {
    case .weights(.model, _, _): "\(measureTitle) of the whole model \(reference.title)"
    case .weights: "\(measureTitle) of \(placeTitle) \(reference.title)"
    case .outputs: "\(measureTitle) on \(name) \(reference.title)"
    }
  }
}

extension SeriesResult {
  /// A measure of each stage, the base not among them.
  public func values(of measure: StageMeasure) -> [Double?] {
    switch measure {
    case .weights(let place, let measure, let reference):
      drift.map { $0.values(reference)[place].flatMap(measure.value) }
    case .outputs(let axis, let measure, let reference):
      answerShifts(of: axis, reference).map(measure.value)
    }
  }

  /// What each stage lost on an axis in percent of the base's score: the drop from the base, or what the
  /// stage alone took.
  ///
  /// - Parameters:
  ///   - axis: The axis; ``League/allAbilities`` for the mean of all axes of ability.
  ///   - reference: What the drop is from.
  /// - Returns: One for each stage after the base; `nil` where it is not defined.
  public func drops(on axis: String, _ reference: DriftReference) -> [Double?] {
    let results = league(axis).map { axis in forgetting.axes.first { $0.axis == axis.name } }
    return stageNames.indices.map { index in
      mean(
        ofAll: results.map { result in
          let stage = result?.stages.first { $0.stage == index + 1 }
          return reference == .base ? stage?.dropPercent : stage?.stepDropPercent
        })
    }
  }
}
