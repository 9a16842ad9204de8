/// What comes back, and what goes, when parts of a tuned model get the base's weights again.
///
/// The causal half of a study: an association says which drift goes with which forgetting, a
/// restoration undoes the drift of one part and asks again.
public struct Restoration: Sendable, Equatable {
  /// Which question a trial belongs to.
  public enum Kind: String, Sendable, CaseIterable {
    /// One layer is the base's.
    case layer
    /// One component, such as `attn_q`, is the base's in all layers.
    case component
    /// Several layers or components are the base's, such as the lower half.
    case group
    /// Every weight lies between tuned and base.
    case interpolation
    /// A step of the search for the smallest set of layers.
    case search
  }

  /// One restored model and how it scored.
  public struct Trial: Sendable, Equatable {
    /// Which question it belongs to.
    public var kind: Kind
    /// What was put back, such as `layer 3`; for an interpolation the share of the base.
    public var name: String
    /// The share of the base in what was put back: 1 are the base's own weights.
    public var alpha: Double
    /// The layers that were put back, as ``DriftPlace`` names them; empty for components.
    public var layers: [String]
    /// The score on each axis of the study, in their order, 0 to 1; not a number where a task has none.
    public var axisScores: [Double]
    /// The mean score of the new tasks that were trained up to the stage; `nil` without any.
    public var newScore: Double?
    /// The share of the lost score that came back, over all axes of ability; `nil` where nothing was
    /// clearly lost.
    public var returned: Estimate?
    /// ``returned`` of each axis, in their order.
    public var returnedByAxis: [Estimate?]
    /// The interval of ``returned`` that holds for all trials of the kind at once, so that the largest may
    /// be picked; `nil` for kinds that are no choice among many, and where there is no ``returned``.
    public var returnedAmongAll: ClosedRange<Double>?
    /// In which share of all draws of items no other trial of the kind brings back more; `nil` as
    /// ``returnedAmongAll``.
    public var leadShare: Double?
    /// How much higher the mean score over all axes of ability is than the tuned model's, as a fraction;
    /// `nil` where items have no scores of their own.
    public var gain: Estimate?
    /// The share of the new skill that went; `nil` where nothing was clearly learned.
    public var skillLost: Estimate?

    /// Creates a trial.
    public init(
      kind: Kind, name: String, alpha: Double = 1, layers: [String] = [], axisScores: [Double],
      newScore: Double? = nil, returned: Estimate? = nil, returnedByAxis: [Estimate?] = [],
      returnedAmongAll: ClosedRange<Double>? = nil, leadShare: Double? = nil,
      gain: Estimate? = nil, skillLost: Estimate? = nil
    ) {
      self.kind = kind
      self.name = name
      self.alpha = alpha
      self.layers = layers
      self.axisScores = axisScores
      self.newScore = newScore
      self.returned = returned
      self.returnedByAxis = returnedByAxis
      self.returnedAmongAll = returnedAmongAll
      self.leadShare = leadShare
      self.gain = gain
      self.skillLost = skillLost
    }
  }

  /// The smallest set of layers that brings back a given share, as a greedy search found it.
  public struct Search: Sendable, Equatable {
    /// The share of the lost score that was asked for.
    public var target: Double
    /// The layers in the order in which they were added.
    public var layers: [String]
    /// Whether the target was reached on the items that chose the layers.
    public var isReached: Bool
    /// The share that came back on the items that chose the layers; `nil` where nothing was lost on them.
    public var returnedOnChoosing: Double?
    /// The share that came back on the items that did not choose the layers.
    public var returned: Estimate?
    /// How many items chose the layers, and how many did not.
    public var itemCounts: (choosing: Int, checking: Int)

    /// Creates a result.
    public init(
      target: Double, layers: [String], isReached: Bool, returnedOnChoosing: Double? = nil,
      returned: Estimate?, itemCounts: (choosing: Int, checking: Int)
    ) {
      self.target = target
      self.layers = layers
      self.isReached = isReached
      self.returnedOnChoosing = returnedOnChoosing
      self.returned = returned
      self.itemCounts = itemCounts
    }

    /// Whether two are the same.
    public static func == (first: Search, second: Search) -> Bool {
      first.target == second.target && first.layers == second.layers
        && first.isReached == second.isReached
        && first.returnedOnChoosing == second.returnedOnChoosing
        && first.returned == second.returned
        && first.itemCounts == second.itemCounts
    }
  }

  /// The number of the stage that was restored, from 1.
  public var stage: Int
  /// The stage's name.
  public var stageName: String
  /// The scores of the base on each axis, in their order; not a number where a task has none.
  public var baseScores: [Double]
  /// The scores of the tuned model on each axis.
  public var tunedScores: [Double]
  /// The mean score of the new tasks at the base; `nil` without new tasks.
  public var baseNewScore: Double?
  /// The mean score of the new tasks at the stage.
  public var tunedNewScore: Double?
  /// How much of the mean score over all axes of ability was lost, as a fraction; `nil` where items have
  /// no scores of their own.
  public var lost: Estimate?
  /// How much the mean score of the new tasks rose.
  public var learned: Estimate?
  /// All trials: layers from first to last, components, groups, the interpolation curve.
  public var trials: [Trial]
  /// The search; `nil` where none was asked for.
  public var search: Search?
  /// What a reader must know, such as why a share is not defined.
  public var notes: [String]

  /// Creates a result.
  public init(
    stage: Int, stageName: String, baseScores: [Double], tunedScores: [Double],
    baseNewScore: Double? = nil, tunedNewScore: Double? = nil, lost: Estimate? = nil,
    learned: Estimate? = nil, trials: [Trial], search: Search? = nil, notes: [String] = []
  ) {
    self.stage = stage
    self.stageName = stageName
    self.baseScores = baseScores
    self.tunedScores = tunedScores
    self.baseNewScore = baseNewScore
    self.tunedNewScore = tunedNewScore
    self.lost = lost
    self.learned = learned
    self.trials = trials
    self.search = search
    self.notes = notes
  }

  /// The trials of one kind, in their order.
  public func trials(_ kind: Kind) -> [Trial] { trials.filter { $0.kind == kind } }
}
