/// Some of a model's tensors: those that stand at some places, those with some functions, or both.
public struct ModelPart: Sendable, Hashable {
  /// Where in a model a tensor stands.
  public enum Place: Sendable, Hashable, Comparable {
    /// In a layer of a stack.
    case layer(Role.Stack, Int)
    /// In no layer: embeddings, norms at the end, the head.
    case outside

    /// The order in which values flow; what is in no layer comes last.
    public static func < (left: Place, right: Place) -> Bool {
      switch (left, right) {
      case (.layer(let stack, let number), .layer(let otherStack, let otherNumber)):
        (stack, number) < (otherStack, otherNumber)
      case (.layer, .outside): true
      case (.outside, _): false
      }
    }

    /// The place of a tensor.
    init(_ tensor: TensorInfo) {
      self = tensor.layer.map { .layer(tensor.stack, $0) } ?? .outside
    }
  }

  /// The places; `nil` for all.
  public var places: Set<Place>?
  /// The functions; `nil` for all, and for tensors whose function is not known.
  public var components: Set<Role.Component>?

  /// Creates a part: the tensors that have one of the places and one of the functions.
  public init(places: Set<Place>? = nil, components: Set<Role.Component>? = nil) {
    self.places = places
    self.components = components
  }

  /// The whole model.
  public static let everything = ModelPart()

  /// Whether a tensor belongs to the part.
  public func contains(_ tensor: TensorInfo) -> Bool {
    let isPlaced = places.map { $0.contains(Place(tensor)) } ?? true
    guard let components else { return isPlaced }
    return isPlaced && tensor.role.map { components.contains($0.component) } ?? false
  }
}
