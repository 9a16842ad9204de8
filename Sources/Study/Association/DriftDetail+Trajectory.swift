import Diff
import Formats
import OrderedCollections

extension DriftDetail {
  /// Takes over what Diff measured of every tensor of one stage.
  init(_ stage: Trajectory.Stage) {
    fromBase = DriftMatrix(stage.fromBase.tensors)
    fromPrevious = DriftMatrix(stage.fromPrevious.tensors)
    tokens = stage.fromBase.tensors.compactMap(MovedTokens.init)
  }
}

extension DriftMatrix {
  /// A sum of squares in the reference, and of the differences to it.
  private struct Squares {
    var reference = 0.0
    var delta = 0.0

    mutating func add(_ metrics: DeltaMetrics) {
      reference += metrics.l2Base * metrics.l2Base
      delta += metrics.l2Delta * metrics.l2Delta
    }
  }

  /// A layer's place: encoders come first.
  private struct Layer: Hashable, Comparable {
    var stack: Role.Stack
    var number: Int

    static func < (first: Layer, second: Layer) -> Bool {
      (first.stack, first.number) < (second.stack, second.number)
    }
  }

  /// Puts the tensors of each component together, layer by layer.
  init(_ tensors: [TensorDelta]) {
    var squares: [Layer: [Role.Component: Squares]] = [:]
    for tensor in tensors {
      guard let role = tensor.role, let number = role.layer else { continue }
      squares[Layer(stack: role.stack, number: number), default: [:]][
        role.component, default: Squares()
      ].add(tensor.metrics)
    }
    let layers = squares.keys.sorted()
    let found = Set(squares.values.flatMap(\.keys))
    let components = Role.Component.allCases.filter(found.contains)
    let hasTwoStacks = Set(layers.map(\.stack)).count > 1
    self.init(
      layers: layers.map { hasTwoStacks ? "\($0.stack.rawValue) \($0.number)" : "\($0.number)" },
      components: components.map(\.rawValue),
      relativeL2: layers.map { layer in
        components.map { component in
          squares[layer]?[component].flatMap { Self.relative($0) }
        }
      })
  }

  private static func relative(_ squares: Squares) -> Double? {
    let relative = (squares.delta / squares.reference).squareRoot()
    return squares.reference > 0 && relative.isFinite ? relative : nil
  }
}

extension MovedTokens {
  /// `nil` for a tensor that has no row for each token.
  init?(_ tensor: TensorDelta) {
    guard let tokens = tensor.segments?.tokens else { return nil }
    self.init(
      tensor: tensor.baseName,
      tokens: tokens.map { token in
        Token(
          id: token.id, text: token.text, l2: token.delta.l2Delta,
          relativeL2: token.delta.relativeL2, cosine: token.delta.cosine)
      })
  }
}
