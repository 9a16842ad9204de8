import Core
import Foundation
import TestSupport
import Testing

@testable import Formats

/// The metadata of small GGUF models of every family that llama.cpp converts, beside the
/// configurations that they were converted from.
@Suite struct GoldenGGUFModelTests {
  static let folder = Fixtures.path("golden/models-gguf")

  static let names: [String] = {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return entries.filter { $0.hasSuffix("-f32.gguf") }.map { String($0.dropLast(9)) }.sorted()
  }()

  /// Every file, as `t5-q8_0`.
  static let files = names.flatMap { name in
    ["\(name)-f32", "\(name)-q8_0"].filter {
      FileManager.default.fileExists(atPath: "\(folder)/\($0).gguf")
    }
  }

  @Test func thereIsAModelOfEveryArchitecture() throws {
    #expect(Self.names.count == 25)
    #expect(Self.files.count == 46)
    let known = try Self.names.map {
      try #require(try Checkpoint(path: "\(Self.folder)/\($0)-f32.gguf").architecture)
    }
    let families = Set(known.compactMap(ModelFamily.init(ggufName:)))
    // What llama.cpp runs as LLaMA or T5 has no name of its own.
    let others: Set<ModelFamily> = [.mistral, .mixtral, .mt5]
    #expect(families.union(others) == Set(ModelFamily.allCases))
  }

  @Test(arguments: files) func theTensorsAreThoseOfTheMetadata(file: String) throws {
    let checkpoint = try Checkpoint(path: "\(Self.folder)/\(file).gguf")
    #expect(checkpoint.configProblem == nil)
    let report = try CheckpointReport(
      checkpoint, checkpoint: checkpoint, options: [.verification],
      workGroup: WorkGroup(threadCount: 1))
    #expect(report.problems.map(\.description) == [])
    #expect(checkpoint.tensors.filter { $0.role == nil }.map(\.name) == [])
  }

  @Test(arguments: files) func metadataSayWhatTheConfigurationSays(file: String) throws {
    let path = "\(Self.folder)/\(file).gguf"
    let found = try #require(try Checkpoint(path: path).config)
    let name = file.replacing("-f32", with: "").replacing("-q8_0", with: "")
    let document = try Golden.document("models-gguf/\(name).json")
    let source = ConfigFile(path: "\(name).json", document: try #require(document["config"]))
    var expected = try #require(try ModelConfig(source))
    // The made-up vocabulary names no such tokens.
    expected.beginTokenID = nil
    expected.endTokenIDs = []
    expected.architecture = found.architecture
    if expected.encoderLayerCount != nil {
      // transformers 5 says of every T5 that its head is shared, and of none how long texts may be.
      expected.tiesWordEmbeddings = found.tiesWordEmbeddings
      #expect(found.tiesWordEmbeddings == (name == "t5"))
      expected.contextLength = 512
    }
    switch expected.rotary?.scaling {
    case .llama3: expected.setScaling(.divisors)
    case .longRope(var long):
      guard case .longRope(let stored) = found.rotary?.scaling else { break }
      #expect(Float(stored.attentionFactor) == Float(long.attentionFactor))
      long.attentionFactor = stored.attentionFactor
      long.divisors = nil
      expected.setScaling(.longRope(long))
    default: break
    }
    // A GGUF file always has the key.
    expected.namesContextLength = true
    #expect(found == expected)
  }
}

extension ModelConfig {
  fileprivate mutating func setScaling(_ scaling: RotaryScaling) {
    guard var rotary else { return }
    rotary.scaling = scaling
    positions = .rotary(rotary)
  }
}
