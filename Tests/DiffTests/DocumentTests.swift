import Core
import Formats
import Testing

@testable import Diff

struct DocumentTests {
  private let base = MemorySource("base")
    .with("q0", role: .attnQ(0), [3, 4]).with("q1", role: .attnQ(1), [1, 2])
    .with("old", [1])
  private let other = MemorySource("other")
    .with("q0", role: .attnQ(0), [3, 4.5]).with("q1", role: .attnQ(1), [2, 2])
    .with("new", [1])

  @Test func aComparisonHasEveryKey() throws {
    let document = try CheckpointComparison(base: base, other: other).document()
    #expect(document["schema_version"] == 1)
    #expect(document["base"] == "base" && document["other"] == "other")
    #expect(document["verdict"] == "undetermined")
    #expect(document["verdict_evidence"]?["changed_tensor_count"] == 2)
    #expect(document["only_in_base"] == ["old"])
    #expect(document["only_in_other"] == ["new"])
    #expect(document["resized"] == [])
    let tensor = document["tensors"]?[0]
    #expect(tensor?["role"] == "blk.0.attn_q.weight")
    #expect(tensor?["layer"] == 0)
    #expect(tensor?["component"] == "attn_q")
    #expect(tensor?["shape"] == [2])
    #expect(tensor?["l2_delta"] == 0.5)
    #expect(tensor?["relative_l2"] == 0.1)
    #expect(tensor?["max_abs_index"] == 1)
    #expect(document["layers"]?.array?.map { $0["layer"] } == [0, 1])
    #expect(document["components"]?[0]?["element_count"] == 4)
    #expect(document["total"]?["max_abs"] == 1.0)
    #expect(document["total"]?["max_abs_index"] == .null)
  }

  @Test func theVerdictIsGivenWhereItIsCertain() throws {
    let comparison = try CheckpointComparison(base: base, other: base)
    #expect(comparison.document()["verdict"] == "identical")
    #expect(comparison.summary == "identical: 3 tensors with 5 values")
  }

  @Test func theSummarySaysWhatDiffersAndWhatIsMissing() throws {
    #expect(
      try CheckpointComparison(base: base, other: other).summary
        == "undetermined: one has tensors that the other has not; 2 of 2 tensors differ, relative L2 0.2041, most of all blk.1.attn_q.weight with 0.4472;"
        + " 1 tensor only in the base, 1 tensor only in the other")
  }

  @Test func theTopIsWhatMovedFurthest() throws {
    let document = try CheckpointComparison(base: base, other: other).document(top: 1)
    #expect(document["tensors"]?.array?.map { $0["base_name"] } == ["q1"])
    #expect(document["layers"]?.array?.map { $0["layer"] } == [1])
  }

  @Test func undefinedNumbersAreNull() throws {
    let broken = MemorySource("broken").with("w", [.nan, 1])
    let document = try CheckpointComparison(base: broken, other: broken).document()
    let text = document.serialized()
    #expect(text.contains("\"l2_base\": null"))
    #expect(text.contains("\"non_finite_count\": 1"))
    #expect(!text.contains("nan"))
  }

  @Test func aTrajectoryHasAnObjectForEveryPartAndStage() throws {
    let document = try Trajectory(checkpoints: [base, other, base]).document()
    #expect(document["base"] == "base")
    #expect(document["stages"]?.array?.map { $0["name"] } == ["other", "base"])
    let tensors = try #require(document["tensors"]?.array)
    #expect(tensors.map { $0["name"] } == ["q0", "q0", "q1", "q1", "old", "old"])
    #expect(tensors.map { $0["stage"] } == [1, 2, 1, 2, 1, 2])
    #expect(tensors[1]["turn_cosine"] == -1.0)
    #expect(tensors[1]["path_length"] == 1.0)
    #expect(tensors[1]["displacement"] == 0.0)
    #expect(tensors[1]["from_previous"]?["l2_delta"] == 0.5)
    #expect(tensors[4]["from_base"] == .null)
    #expect(document["total"]?.array?.count == 2)
    #expect(document["layers"]?.array?.count == 4)
    #expect(document["components"]?[0]?["component"] == "attn_q")
  }
}
