import Core
public import Formats

/// In which order the rows of queries or keys of a file were found to be, by comparing a sample of
/// them with another checkpoint both ways.
///
/// Files that say the same of themselves differ in this: most converters weave the halves of each
/// head, some do not, and some were given weights that were woven already.
public struct RowOrderEvidence: Sendable, Equatable {
  /// The file that was measured.
  public var path: String
  /// What the rows are of: `attn_q` or `attn_k`.
  public var component: Role.Component
  /// How far the sample is from the other checkpoint, relative to its L2, if the rows are in the
  /// order that is usual for the architecture.
  public var usualDistance: Double
  /// The same, if they are in the other order.
  public var otherDistance: Double
  /// Whether the other order was taken.
  public var isOther: Bool

  /// As a JSON object.
  var json: JSONValue {
    [
      "path": .string(path), "component": .string(component.rawValue),
      "usual_order_relative_l2": .number(usualDistance),
      "other_order_relative_l2": .number(otherDistance),
      "order": .string(isOther ? "other" : "usual"),
    ]
  }
}

extension TensorIndex {
  /// How many layers are measured, and by how much the other order must be closer to be taken.
  private static let sampledLayers = 4
  private static let decisiveRatio = 0.7

  /// Whether there are tensors whose rows could be in another order.
  var hasOpenRowOrders: Bool { tensors.values.contains { $0.layout.otherRows != nil } }

  /// Measures the order of the rows of one component, and takes the one that is closer.
  mutating func settleRowOrder(
    of component: Role.Component, against reference: TensorIndex
  ) throws {
    let open = keys.filter { key in
      guard key.role?.component == component, let own = self[key], own.layout.otherRows != nil,
        let partner = reference[key]
      else { return false }
      return own.logicalShape == partner.logicalShape && own.isDecodable && partner.isDecodable
    }
    let weights = open.filter { $0.role?.parameter == .weight }
    var usual = 0.0
    var other = 0.0
    var norm = 0.0
    for key in weights.prefix(Self.sampledLayers) {
      guard let own = self[key], let turned = own.withOtherRows, let partner = reference[key],
        let sample = RowSample(partner)
      else { continue }
      let truth = try sample.values(of: partner, in: reference.source)
      norm += Self.squares(truth, nil)
      usual += Self.squares(truth, try sample.values(of: own, in: source))
      other += Self.squares(truth, try sample.values(of: turned, in: source))
    }
    guard norm > 0, usual.isFinite, other.isFinite else { return }
    let isOther = other.squareRoot() < Self.decisiveRatio * usual.squareRoot()
    rowOrders.append(
      RowOrderEvidence(
        path: source.path, component: component, usualDistance: (usual / norm).squareRoot(),
        otherDistance: (other / norm).squareRoot(), isOther: isOther))
    guard isOther else { return }
    for key in keys {
      guard key.role?.component == component, let turned = self[key]?.withOtherRows
      else { continue }
      update(key, to: turned)
    }
  }

  /// Σ (a − b)², or Σ a².
  private static func squares(_ values: [Float], _ others: [Float]?) -> Double {
    values.indices.reduce(0) { sum, place in
      let difference = Double(values[place]) - Double(others?[place] ?? 0)
      return sum + difference * difference
    }
  }
}

extension TensorInfo {
  /// The tensor with its rows in the other order that they could have.
  fileprivate var withOtherRows: TensorInfo? {
    guard let other = layout.otherRows else { return nil }
    var turned = self
    turned.layout.otherRows = layout.rows
    turned.layout.rows = other
    return turned
  }
}
