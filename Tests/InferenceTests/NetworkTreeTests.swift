import Testing

@testable import Inference

/// Trees of networks from what their parts are.
struct NetworkTreeTests {
  @Test func `networks that begin alike share a trunk`() {
    // Parts: what is before the layers, four layers, the head.
    let tree = NetworkTree([
      [0, 1, 2, 3, 4, 5], [0, 1, 2, 13, 14, 15], [0, 1, 2, 13, 24, 15], [90, 1, 2, 3, 4, 5],
    ])
    #expect(tree.roots.map(\.allMembers) == [[0, 1, 2], [3]])
    let root = tree.roots[0]
    #expect(root.layers == 0..<2)
    #expect(root.members.isEmpty)
    #expect(root.children.map(\.layers) == [2..<4, 2..<3])
    #expect(root.children[0].members == [0])
    #expect(root.children[1].children.map(\.layers) == [3..<4, 3..<4])
    #expect(root.children[1].children.map(\.members) == [[1], [2]])
    #expect(tree.branchCount == 6)
    #expect(tree.copyCount == 1)
    #expect(tree.roots[1].layers == 0..<4)
  }

  @Test func `networks that differ in the head alone part behind the last layer`() {
    let tree = NetworkTree([[0, 1, 2, 3], [0, 1, 2, 4], [0, 1, 2, 3]])
    #expect(tree.roots.count == 1)
    #expect(tree.roots[0].layers == 0..<2)
    #expect(tree.roots[0].children.map(\.layers) == [2..<2, 2..<2])
    #expect(tree.roots[0].children.map(\.members) == [[0, 2], [1]])
  }

  @Test func `networks that are the same are one branch`() {
    let tree = NetworkTree([[0, 1, 2], [0, 1, 2]])
    #expect(tree.branchCount == 1)
    #expect(tree.roots[0].members == [0, 1])
    let renumbered = NetworkTree(
      NetworkTree([[9, 1, 2], [0, 1, 2], [0, 1, 2]]).roots[1], renumbering: [1, 2])
    #expect(renumbered.roots[0].members == [0, 1])
    #expect(renumbered.roots[0].network == 0)
  }

  @Test func `encoders share layers, and decoders that read one encoder theirs`() {
    // Parts: what is before the layers, two of an encoder, what is between, two of a decoder, the head.
    let tree = NetworkTree(
      [
        [0, 1, 2, 3, 4, 5, 6], [0, 1, 2, 3, 4, 50, 6], [0, 1, 20, 3, 4, 5, 6],
        [0, 1, 2, 30, 40, 5, 6], [9, 1, 2, 3, 4, 5, 6],
      ], encoderLayerCount: 2)
    #expect(tree.encoders.map(\.network) == [0, 4])
    let first = tree.encoders[0]
    #expect(first.layers == 0..<1)
    #expect(first.children.map(\.layers) == [1..<2, 1..<2])
    // The one that differs behind the encoder shares all of it.
    #expect(first.children[0].children.map(\.layers) == [2..<2, 2..<2])
    #expect(tree.encoderLayerCount == 3 + 2)
    #expect(tree.roots.map(\.allMembers) == [[0, 1], [3], [2], [4]])
    #expect(tree.roots[0].layers == 0..<1)
    #expect(tree.layerCount == 3 + 2 + 2 + 2)
    #expect(tree.groups.map(\.members) == [[0, 1, 3, 2], [4]])
    let group = tree.groups[0].tree
    #expect(group.encoders[0].allRoots == [0, 1, 2])
    #expect(group.roots.map(\.allMembers) == [[0, 1], [2], [3]])
    #expect(NetworkTree(layerCount: 3, encoderLayerCount: 2).encoderLayerCount == 2)
  }

  /// Each layer put back in a model of its own: the layers below are there once.
  @Test(arguments: [12, 22, 48])
  func `a sweep over all layers costs little more than half of its models`(layerCount: Int) {
    let models = (0..<layerCount).map { restored in
      [-1] + (0..<layerCount).map { $0 == restored ? 1000 + $0 : $0 } + [-2]
    }
    let tree = NetworkTree(models)
    // Above each layer that was put back all others, and the tuned model's layers once.
    #expect(tree.layerCount == layerCount * (layerCount + 1) / 2 + layerCount - 1)
    let ideal = Double(layerCount + 1) / Double(2 * layerCount)
    let share = Double(tree.layerCount) / Double(layerCount * layerCount)
    #expect(share <= 1.15 * ideal)
    // Rows are copied once at a time, however many models there are.
    #expect(tree.copyCount == 1)
  }
}
