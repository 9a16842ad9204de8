import Core
import Formats
import Foundation
import TestSupport
import Testing

@testable import Inference

/// GGUF files that llama.cpp's converter made, against what transformers computes with their
/// dequantised weights in f32.
struct GoldenGGUFTests {
  /// A file and its values.
  struct Case: CustomTestStringConvertible, Sendable {
    var name, type: String
    var testDescription: String { "\(name) \(type)" }
  }

  private static let folder = "golden/models-gguf"

  static let cases: [Case] = {
    let names =
      (try? FileManager.default.contentsOfDirectory(atPath: Fixtures.path(folder))) ?? []
    return names.filter { $0.hasSuffix(".gguf") }.sorted().compactMap { name in
      name.dropLast(5).lastIndex(of: "-").map { dash in
        Case(
          name: String(name[..<dash]),
          type: String(name[name.index(after: dash)...].dropLast(5)))
      }
    }
  }()

  @Test func `there are files of both types`() {
    #expect(Set(Self.cases.map(\.type)) == ["f32", "q8_0"])
    #expect(Self.cases.count >= 45)
  }

  @Test(arguments: cases)
  func `logits equal those of transformers`(_ file: Case) throws {
    let network = try GoldenModel.network(
      Checkpoint(path: Fixtures.path("\(Self.folder)/\(file.name)-\(file.type).gguf")))
    let values = try Golden.document("models-gguf/\(file.name).json")
    let (difference, rowCount) = try GoldenPrompts("models-gguf/prompts.json").compare(
      network, #require(values[file.type]?.array))
    #expect(rowCount >= 20)
    #expect(difference <= 1e-3)
  }
}
