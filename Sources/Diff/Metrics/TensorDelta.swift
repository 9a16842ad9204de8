public import Formats

/// How far one tensor moved.
public struct TensorDelta: Sendable, Equatable {
  /// What pairs the two tensors.
  public var key: TensorKey
  /// The tensor's role; `nil` where the name is not known to be one.
  public var role: Role?
  /// Its name in the base.
  public var baseName: String
  /// Its name in the other.
  public var otherName: String
  /// The shape that was compared, outermost axis first.
  public var shape: [Int]
  /// How the base stores it.
  public var baseDType: DType
  /// How the other stores it.
  public var otherDType: DType
  /// How far it moved.
  public var metrics: DeltaMetrics
  /// How far its heads, experts or tokens moved; `nil` where it has none, or none were asked for.
  public var segments: TensorSegments?
  /// What the singular values and vectors of its matrices tell; `nil` if they were not asked for,
  /// and for vectors and scalars.
  public var spectral: SpectralMeasures?

  /// The singular values of the delta; `nil` if there are none, see ``SpectralMeasures``.
  public var spectrum: DeltaSpectrum? { spectral?.spectrum }
  /// How many intruder dimensions the other has; `nil` if they were not counted.
  public var intruderCount: Int? { spectral?.intruderCount }
  /// How far the principal subspace turned; `nil` if that was not measured.
  public var rotation: SubspaceRotation? { spectral?.rotation }
}

/// How far the tensors of one layer moved, taken together.
public struct LayerDelta: Sendable, Equatable {
  /// The layer.
  public var key: LayerKey
  /// How far it moved.
  public var metrics: DeltaMetrics
}

/// How far the tensors with one function moved, taken together over all layers.
public struct ComponentDelta: Sendable, Equatable {
  /// The function.
  public var component: Role.Component
  /// How far they moved.
  public var metrics: DeltaMetrics
}
