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

  /// Networks that have nothing in common.
  let roots: [Branch]

  /// Builds the tree.
  ///
  /// - Parameter identities: For each network what its parts are, in the order of their use: everything
  ///   before the decoder, each layer, everything behind. Equal values mean equal numbers.
  init<Identity: Hashable>(_ identities: [[Identity]]) {
    roots = Self.branches(Array(identities.indices), identities, from: 0)
  }

  /// Creates the tree of one network.
  init(layerCount: Int) {
    roots = [Branch(network: 0, layers: 0..<layerCount, children: [], members: [0])]
  }

  /// Creates the tree of one root, with its networks in a given order.
  init(_ root: Branch, renumbering networks: [Int]) {
    let places = Dictionary(uniqueKeysWithValues: networks.enumerated().map { ($1, $0) })
    roots = [root.renumbered(places)]
  }

  /// How many branches there are.
  var branchCount: Int {
    func count(_ branches: [Branch]) -> Int {
      branches.reduce(0) { $0 + 1 + count($1.children) }
    }
    return count(roots)
  }

  /// How many branches follow each other at most.
  var depth: Int {
    func depth(_ branches: [Branch]) -> Int { branches.map { 1 + depth($0.children) }.max() ?? 0 }
    return depth(roots)
  }

  /// The branches of networks that agree in the first `depth` parts.
  private static func branches<Identity: Hashable>(
    _ networks: [Int], _ identities: [[Identity]], from depth: Int
  ) -> [Branch] {
    var groups: [[Int]] = []
    for network in networks {
      let place = groups.firstIndex { identities[$0[0]][depth] == identities[network][depth] }
      if let place { groups[place].append(network) } else { groups.append([network]) }
    }
    return groups.map { group in
      let first = group[0]
      let end = identities[first].count - 1
      // As far as all of the group agree.
      var last = depth + 1
      while last < end, group.allSatisfy({ identities[$0][last] == identities[first][last] }) {
        last += 1
      }
      let start = max(depth - 1, 0)
      let layers = start..<last - 1
      guard last == end else {
        return Branch(
          network: first, layers: layers, children: branches(group, identities, from: last),
          members: [])
      }
      let heads = Dictionary(grouping: group) { identities[$0][end] }.values
        .sorted { $0[0] < $1[0] }
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
}
