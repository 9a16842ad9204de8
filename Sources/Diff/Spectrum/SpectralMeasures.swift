/// What the singular vectors and values of a tensor's matrices tell.
public struct SpectralMeasures: Sendable, Equatable {
  /// What was asked for.
  public var asked: DriftMeasures
  /// The spectrum of the delta; `nil` if it was not asked for, does not exist, or if the tensor is
  /// a stack of experts.
  public var spectrum: DeltaSpectrum?
  /// The spectra of the deltas of experts that are stacked in one tensor, in their order.
  public var expertSpectra: [DeltaSpectrum] = []
  /// How many leading left singular vectors of the other are like none of the base's, in all
  /// matrices of the tensor; `nil` if that was not asked for or does not exist.
  public var intruderCount: Int?
  /// How far the principal subspace turned; `nil` if that was not asked for, does not exist, or if
  /// the tensor is a stack of experts.
  public var rotation: SubspaceRotation?
  /// Why there is nothing of what was asked for; `nil` if there is.
  public var problem: String?

  /// Begins with nothing found.
  public init(asked: DriftMeasures) { self.asked = asked }
}
