public import Core
public import Formats
import OrderedCollections

/// The drift from one checkpoint to another, by tensor, layer, component and model.
public struct CheckpointComparison: Sendable {
  /// The path of the checkpoint that differences are measured from.
  public let base: String
  /// The path of the checkpoint that is compared with it.
  public let other: String
  /// The tensors, in the order of the model: embedding, layers, head, then those without a role.
  public internal(set) var tensors: [TensorDelta]
  /// The layers, in their order; tensors outside them are not here.
  public let layers: [LayerDelta]
  /// The components, in the order of the model; tensors without a role are not here.
  public let components: [ComponentDelta]
  /// The experts of every layer, in the order of the model; empty for a model without experts.
  public internal(set) var experts: [LayerExpertDelta] = []
  /// Every tensor taken together.
  public let total: DeltaMetrics
  /// The names of the tensors that only the base has.
  public let onlyInBase: [String]
  /// The names of the tensors that only the other has.
  public let onlyInOther: [String]
  /// The tensors whose shapes differ.
  public internal(set) var resized: [Pairing.Resized]
  /// The tensors that go by different names, and were brought together by content.
  public let renamed: [Pairing.Renamed]
  /// The tensors that belong together and whose values cannot be compared.
  public let notCompared: [StoredPair]
  /// The copies of the embedding that only one of the two has a tensor for.
  public let tiedCopies: [TiedCopy]
  /// The names of tensors that only one has and that are computed from its configuration.
  public let buffers: [String]
  /// What was measured of the orders of rows, where a file leaves them open.
  public let rowOrders: [RowOrderEvidence]
  /// What was done to the model as a whole; `nil` where the two were compared as a part of a series.
  public private(set) var verdict: Verdict?
  /// Whether all tensors took part, and not only those that were asked for.
  public private(set) var isWhole = true
  /// The place of each tensor in ``tensors``.
  private let placeOfTensor: [TensorKey: Int]

  /// Compares two checkpoints.
  ///
  /// Each value is read once and neither checkpoint is held in memory. The result is the same bits
  /// for every number of threads.
  ///
  /// - Parameters:
  ///   - base: The checkpoint that differences are measured from.
  ///   - other: The checkpoint that is compared with it.
  ///   - isIncluded: Whether a tensor takes part, asked with its role (as text) and its name; one
  ///     yes is enough. `nil` takes all.
  ///   - measures: What is measured beyond the default metrics.
  ///   - workGroup: The threads to work with.
  ///   - progress: Is told how many values are done.
  /// - Throws: ``Core/InputError`` if the two cannot be compared; ``Formats/CheckpointError`` if
  ///   one cannot be read.
  public init(
    base: some TensorSource, other: some TensorSource, where isIncluded: ((String) -> Bool)? = nil,
    measures: DriftMeasures = DriftMeasures(), workGroup: WorkGroup = WorkGroup(),
    progress: WorkProgress.Handler? = nil
  ) throws {
    let aligned = try AlignedSources([base, other])
    let pairing = try Pairing(
      base: aligned.indices[0], other: aligned.indices[1], where: isIncluded)
    let groups = PairGroups(of: pairing, in: [base, other], measures: measures)
    let works = pairing.pairs.enumerated().map { place, pair in
      TensorWork(
        tensors: [pair.base, pair.other],
        pairs: [
          .init(
            base: 0, other: 1, elementCount: pair.elementCount, segments: groups.plan(of: place),
            wantsQuantiles: measures.quantiles)
        ])
    }
    let sums = try FusedPass(sources: aligned.sources)
      .run(works, workGroup: workGroup, progress: progress)
    self.init(
      base: base.path, other: other.path, pairing: pairing, sums: sums.map { $0.pairs[0] })
    addSegments(groups, pairing: pairing, sums: sums.map { $0.pairs[0] })
    addTexts(base: base, other: other)
    isWhole = isIncluded == nil
    verdict = try verdict(
      on: pairing, base: aligned.sources[0], other: aligned.sources[1], workGroup: workGroup)
    try addSpectra(
      of: pairing, base: aligned.sources[0], other: aligned.sources[1], measures: measures,
      workGroup: workGroup, progress: progress)
  }

  /// Puts the sums together, one entry for each of the pairing's pairs.
  init(base: String, other: String, pairing: Pairing, sums: [PairSums]) {
    self.base = base
    self.other = other
    tensors = zip(pairing.pairs, sums).map { pair, sums in
      TensorDelta(
        key: pair.key, role: pair.key.role, baseName: pair.base.name, otherName: pair.other.name,
        shape: pair.shape, baseDType: pair.base.dtype, otherDType: pair.other.dtype,
        metrics: DeltaMetrics(sums))
    }
    placeOfTensor = Dictionary(
      uniqueKeysWithValues: pairing.pairs.enumerated().map { ($1.key, $0) })
    let nothing = PairSums(hasSketch: sums.contains { $0.sketch != nil })
    var groups = UnitSums<PairSums>(empty: nothing) { $0.add(tensor: $1) }
    for (pair, sums) in zip(pairing.pairs, sums) { groups.add(sums, of: pair.key) }
    layers = groups.sums.compactMap { unit, sums in
      guard case .layer(let key) = unit else { return nil }
      return LayerDelta(key: key, metrics: DeltaMetrics(sums))
    }
    components = groups.sums.compactMap { unit, sums in
      guard case .component(let component) = unit else { return nil }
      return ComponentDelta(component: component, metrics: DeltaMetrics(sums))
    }
    total = DeltaMetrics(groups.sums[.model] ?? nothing)
    onlyInBase = pairing.onlyInBase.map(\.name)
    onlyInOther = pairing.onlyInOther.map(\.name)
    resized = pairing.resized
    renamed = pairing.renamed
    notCompared = pairing.notCompared
    tiedCopies = pairing.tiedCopies
    buffers = pairing.buffers.map(\.name)
    rowOrders = pairing.rowOrders
    verdict = nil
  }

  /// Whether the two hold the same tensors with the same values, ``buffers`` aside; what cannot be
  /// decoded counts by its bytes.
  public var isIdentical: Bool {
    total.isIdentical && onlyInBase.isEmpty && onlyInOther.isEmpty && resized.isEmpty
      && renamed.isEmpty && notCompared.allSatisfy { $0.hasSameBytes == true }
  }

  /// How far a part of the model moved; `nil` if it was not compared.
  public subscript(unit: DriftUnit) -> DeltaMetrics? {
    switch unit {
    case .model: total
    case .layer(let key): layers.first { $0.key == key }?.metrics
    case .component(let component): components.first { $0.component == component }?.metrics
    case .tensor(let key): tensor(key)?.metrics
    }
  }

  /// The delta of one tensor; `nil` if it was not compared.
  public func tensor(_ key: TensorKey) -> TensorDelta? {
    placeOfTensor[key].map { tensors[$0] }
  }
}
