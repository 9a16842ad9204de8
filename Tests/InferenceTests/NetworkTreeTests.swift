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
    #expect(tree.depth == 3)
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
}
