import Core
public import Formats
import OrderedCollections

/// How far some of a tensor's elements moved, such as those of one head.
///
/// The formulas are those of ``DeltaMetrics``.
public struct SegmentDelta: Sendable, Equatable {
  /// How many elements were compared.
  public var elementCount: Int
  /// The Euclidean norm in the base.
  public var l2Base: Double
  /// The Euclidean norm in the other.
  public var l2Other: Double
  /// The Euclidean norm of the delta.
  public var l2Delta: Double
  /// ``l2Delta`` / ``l2Base``; `nil` where the base is all zero or a norm is not finite.
  public var relativeL2: Double?
  /// The cosine between base and other; `nil` where a norm is zero or not finite.
  public var cosine: Double?

  init(_ sums: SegmentSums) {
    elementCount = sums.count
    l2Base = sums.baseSquares.squareRoot()
    l2Other = sums.otherSquares.squareRoot()
    l2Delta = sums.deltaSquares.squareRoot()
    let relative = l2Delta / l2Base
    relativeL2 = l2Base > 0 && relative.isFinite && l2Base.isFinite ? relative : nil
    cosine = TurnSums.cosine(sums.products, sums.baseSquares, sums.otherSquares)
  }

  /// The metrics as the members of a JSON object.
  var members: OrderedDictionary<String, JSONValue> {
    [
      "l2_base": .number(l2Base),
      "l2_other": .number(l2Other),
      "l2_delta": .number(l2Delta),
      "relative_l2": JSONValue(relativeL2),
      "cosine": JSONValue(cosine),
    ]
  }
}

/// How far one attention head moved in one tensor.
public struct HeadDelta: Sendable, Equatable {
  /// What the head's elements are: `attn_q`, `attn_k` or `attn_v`, also in a tensor that holds all
  /// three, or `attn_output`; likewise for attention to another stack.
  public var projection: Role.Component
  /// The head, from 0: of the query heads, or of the key and value heads.
  public var head: Int
  /// How far it moved.
  public var delta: SegmentDelta
}

/// How far one expert moved in a stack of them.
public struct ExpertDelta: Sendable, Equatable {
  /// The expert, from 0.
  public var expert: Int
  /// How far it moved.
  public var delta: SegmentDelta
}

/// How far one expert of a layer moved, all its tensors taken together.
public struct LayerExpertDelta: Sendable, Equatable {
  /// The layer.
  public var key: LayerKey
  /// The expert, from 0.
  public var expert: Int
  /// How far it moved.
  public var delta: SegmentDelta

  /// As the members of a JSON object.
  var members: OrderedDictionary<String, JSONValue> {
    let own: OrderedDictionary<String, JSONValue> = [
      "stack": .string(key.stack.rawValue), "layer": .integer(key.layer),
      "expert": .integer(expert), "element_count": .integer(delta.elementCount),
    ]
    return own.merging(delta.members) { own, _ in own }
  }
}

/// How far one token's row moved in an embedding or a head.
public struct TokenDelta: Sendable, Equatable {
  /// The token's id, which is its row.
  public var id: Int
  /// The token as the vocabulary writes it; `nil` where there is none that can be read.
  public var text: String?
  /// How far it moved.
  public var delta: SegmentDelta
}

/// How far the parts of one tensor moved that stand for something by themselves.
public struct TensorSegments: Sendable, Equatable {
  /// The attention heads; `nil` where the tensor has none, or they were not asked for or not found.
  public var heads: [HeadDelta]?
  /// Why ``heads`` are missing although they were asked for and the tensor is one of attention.
  public var headsReason: String?
  /// The experts of a stack, in their order; `nil` for any other tensor.
  public var experts: [ExpertDelta]?
  /// The tokens that moved most, the largest ``SegmentDelta/l2Delta`` first; `nil` for a tensor that
  /// has no row for each token.
  ///
  /// Tokens that did not move are left out.
  public var tokens: [TokenDelta]?

  /// As the members of a JSON object: only what applies to the tensor.
  var members: OrderedDictionary<String, JSONValue> {
    var members: OrderedDictionary<String, JSONValue> = [:]
    if let heads {
      members["heads"] = .array(heads.map { .object($0.members) })
    } else if let headsReason {
      members["heads"] = .null
      members["heads_reason"] = .string(headsReason)
    }
    if let experts { members["experts"] = .array(experts.map { .object($0.members) }) }
    if let tokens { members["tokens"] = .array(tokens.map { .object($0.members) }) }
    return members
  }
}

extension HeadDelta {
  var members: OrderedDictionary<String, JSONValue> {
    let own: OrderedDictionary<String, JSONValue> = [
      "projection": .string(projection.rawValue), "head": .integer(head),
    ]
    return own.merging(delta.members) { own, _ in own }
  }
}

extension ExpertDelta {
  var members: OrderedDictionary<String, JSONValue> {
    let own: OrderedDictionary<String, JSONValue> = ["expert": .integer(expert)]
    return own.merging(delta.members) { own, _ in own }
  }
}

extension TokenDelta {
  var members: OrderedDictionary<String, JSONValue> {
    let own: OrderedDictionary<String, JSONValue> = ["id": .integer(id), "text": JSONValue(text)]
    return own.merging(delta.members) { own, _ in own }
  }
}
