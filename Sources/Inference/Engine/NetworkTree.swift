/// Several networks as one tree: the layers that some have in common, from the embedding on, are there
/// once.
struct NetworkTree: Sendable {
  /// Layers that rows go through once for all networks that have them.
  struct Branch: Sendable {
    /// The network whose weights are used.
    var network: Int
    /// Layers of the decoder.
    var layers: Range<Int>
    /// Where networks part; empty behind the last layer.
    var children: [Branch]
    /// The networks that have the head of ``network`` too, itself among them; empty before the head.
    var members: [Int]

    /// All networks that the branch leads to.
    var allMembers: [Int] { members + children.flatMap(\.allMembers) }

    /// The same with the networks at other places.
    fileprivate func renumbered(_ places: [Int: Int]) -> Branch {
      var branch = self
      branch.network = places[network] ?? network
      branch.members = members.map { places[$0] ?? $0 }
      branch.children = children.map { $0.renumbered(places) }
      return branch
    }
  }

  /// Layers of encoders that contexts go through once for all networks that have them.
  struct EncoderBranch: Sendable {
    /// The network whose weights are used.
    var network: Int
    /// Layers of the encoder.
    var layers: Range<Int>
    /// Where encoders part; empty behind the last layer.
    var children: [EncoderBranch]
    /// The place in ``NetworkTree/roots`` of the decoders that read what is found; `nil` before the end.
    var root: Int?

    /// All decoders that the branch leads to.
    var allRoots: [Int] { (root.map { [$0] } ?? []) + children.flatMap(\.allRoots) }

    /// The same with networks and decoders at other places.
    fileprivate func renumbered(_ networks: [Int: Int], roots: [Int: Int]) -> EncoderBranch {
      var branch = self
      branch.network = networks[network] ?? network
      branch.root = root.map { roots[$0] ?? $0 }
      branch.children = children.map { $0.renumbered(networks, roots: roots) }
      return branch
    }
  }

  /// Decoders that have nothing in common.
  let roots: [Branch]
  /// What the decoders read, where there are encoders: those that have nothing in common.
  let encoders: [EncoderBranch]

  /// Builds the tree.
  ///
  /// - Parameters:
  ///   - identities: For each network what its parts are, in the order of their use: everything before
  ///     the layers, each layer, everything behind. Equal values mean equal numbers. Where there is an
  ///     encoder, its layers come first, and between them and the decoder's stands what is between.
  ///   - encoderLayerCount: How many layers the encoders have; `nil` without.
  init<Identity: Hashable>(_ identities: [[Identity]], encoderLayerCount: Int? = nil) {
    let networks = Array(identities.indices)
    guard let encoderLayerCount else {
      roots = Self.branches(networks, identities, from: 0)
      encoders = []
      return
    }
    var roots: [Branch] = []
    let decoders = identities.map { Array($0[(encoderLayerCount + 1)...]) }
    encoders = Self.encoders(networks, identities, from: 0, layerCount: encoderLayerCount) {
      roots += Self.branches($0, decoders, from: 0)
      return roots.count - 1
    }
    self.roots = roots
  }

  /// Creates the tree of one network.
  init(layerCount: Int, encoderLayerCount: Int? = nil) {
    roots = [Branch(network: 0, layers: 0..<layerCount, children: [], members: [0])]
    encoders =
      encoderLayerCount.map { [EncoderBranch(network: 0, layers: 0..<$0, children: [], root: 0)] }
      ?? []
  }

  /// Creates the tree of one root, with its networks in a given order.
  init(_ root: Branch, renumbering networks: [Int]) {
    let places = Dictionary(uniqueKeysWithValues: networks.enumerated().map { ($1, $0) })
    roots = [root.renumbered(places)]
    encoders = []
  }

  /// Creates the tree of what one encoder leads to, with its networks in a given order.
  private init(_ encoder: EncoderBranch, of tree: NetworkTree, renumbering networks: [Int]) {
    let places = Dictionary(uniqueKeysWithValues: networks.enumerated().map { ($1, $0) })
    let rootPlaces = Dictionary(
      uniqueKeysWithValues: encoder.allRoots.enumerated().map { ($1, $0) })
    roots = encoder.allRoots.map { tree.roots[$0].renumbered(places) }
    encoders = [encoder.renumbered(places, roots: rootPlaces)]
  }

  /// Networks that have something in common, each group as a tree of its own in which they are numbered
  /// in their order.
  var groups: [(members: [Int], tree: NetworkTree)] {
    guard encoders.isEmpty else {
      return encoders.map { encoder in
        let members = encoder.allRoots.flatMap { roots[$0].allMembers }
        return (members, NetworkTree(encoder, of: self, renumbering: members))
      }
    }
    return roots.map { ($0.allMembers, NetworkTree($0, renumbering: $0.allMembers)) }
  }

  /// How many branches of decoders there are.
  var branchCount: Int {
    func count(_ branches: [Branch]) -> Int {
      branches.reduce(0) { $0 + 1 + count($1.children) }
    }
    return count(roots)
  }

  /// How many layers of decoders there are in all branches.
  var layerCount: Int {
    func count(_ branch: Branch) -> Int {
      branch.layers.count + branch.children.reduce(0) { $0 + count($1) }
    }
    return roots.reduce(0) { $0 + count($1) }
  }

  /// How many layers of encoders there are in all branches.
  var encoderLayerCount: Int {
    func count(_ branch: EncoderBranch) -> Int {
      branch.layers.count + branch.children.reduce(0) { $0 + count($1) }
    }
    return encoders.reduce(0) { $0 + count($1) }
  }

  /// How many copies of a batch's rows there are at most at a time, beside the rows themselves: where
  /// networks part, all but the last that goes on need their own.
  var copyCount: Int {
    func count<Node>(_ node: Node, _ children: (Node) -> [Node]) -> Int {
      let own = children(node)
      return own.enumerated().map { number, child in
        count(child, children) + (number < own.count - 1 ? 1 : 0)
      }.max() ?? 0
    }
    // What an encoder found stays while its decoders work.
    let decoders = roots.map { count($0, \.children) }.max() ?? 0
    return decoders + (encoders.map { count($0, \.children) }.max() ?? 0)
  }

  /// The branches of networks that agree in the first `depth` parts.
  private static func branches<Identity: Hashable>(
    _ networks: [Int], _ identities: [[Identity]], from depth: Int
  ) -> [Branch] {
    groups(networks) { identities[$0][depth] }.map { group in
      let first = group[0]
      let end = identities[first].count - 1
      let last = agreement(group, identities, from: depth + 1, to: end)
      let layers = max(depth - 1, 0)..<last - 1
      guard last == end else {
        return Branch(
          network: first, layers: layers, children: branches(group, identities, from: last),
          members: [])
      }
      let heads = groups(group) { identities[$0][end] }
      guard heads.count > 1 else {
        return Branch(network: first, layers: layers, children: [], members: group)
      }
      return Branch(
        network: first, layers: layers,
        children: heads.map {
          Branch(network: $0[0], layers: end - 1..<end - 1, children: [], members: $0)
        }, members: [])
    }
  }

  /// The branches of encoders that agree in the first `depth` parts; `root` makes the decoders of networks
  /// that agree in all before them, and says where they are.
  private static func encoders<Identity: Hashable>(
    _ networks: [Int], _ identities: [[Identity]], from depth: Int, layerCount: Int,
    root: ([Int]) -> Int
  ) -> [EncoderBranch] {
    groups(networks) { identities[$0][depth] }.map { group in
      let end = layerCount + 1
      let last = agreement(group, identities, from: depth + 1, to: end)
      let layers = max(depth - 1, 0)..<last - 1
      guard last == end else {
        return EncoderBranch(
          network: group[0], layers: layers,
          children: encoders(
            group, identities, from: last, layerCount: layerCount, root: root))
      }
      let ends = groups(group) { identities[$0][end] }
      guard ends.count > 1 else {
        return EncoderBranch(network: group[0], layers: layers, children: [], root: root(group))
      }
      return EncoderBranch(
        network: group[0], layers: layers,
        children: ends.map {
          EncoderBranch(
            network: $0[0], layers: layerCount..<layerCount, children: [], root: root($0))
        })
    }
  }

  /// Networks with one value each, in their order.
  private static func groups<Value: Hashable>(
    _ networks: [Int], by value: (Int) -> Value
  ) -> [[Int]] {
    Dictionary(grouping: networks, by: value).values.sorted { $0[0] < $1[0] }
  }

  /// How far all of a group agree, at most to an end.
  private static func agreement<Identity: Hashable>(
    _ group: [Int], _ identities: [[Identity]], from start: Int, to end: Int
  ) -> Int {
    var last = start
    while last < end, group.allSatisfy({ identities[$0][last] == identities[group[0]][last] }) {
      last += 1
    }
    return last
  }
}
