import Core
import Formats
import Foundation
import TestSupport
import Testing

@testable import Inference

/// A small model of one family with random weights, and what transformers computes with it.
struct GoldenModel: CustomTestStringConvertible, Sendable {
  let name: String
  var testDescription: String { name }

  /// The folder that holds it.
  private var folder: String { "models/\(name)" }

  /// What transformers computed.
  var expected: JSONValue { get throws { try Golden.document("\(folder)/expected.json") } }

  /// The token ids that all models are given.
  static var prompts: GoldenPrompts { get throws { try GoldenPrompts("models/prompts.json") } }

  /// The model, loaded.
  func network(threads: Int = 1) throws -> Network {
    try Self.network(
      Checkpoint(path: Fixtures.path("golden/\(folder)")), threads: threads)
  }

  /// Any checkpoint, loaded.
  static func network(_ checkpoint: Checkpoint, threads: Int = 1) throws -> Network {
    let source = ModelSource(checkpoint)
    let architecture = try Architecture(source)
    return try Network(
      source, architecture, workGroup: WorkGroup(threadCount: threads))
  }

  /// Every model that there is.
  static let all: [GoldenModel] = {
    let folder = Fixtures.path("golden/models")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { !$0.hasSuffix(".json") }.sorted().map { GoldenModel(name: $0) }
  }()
}

/// Token ids that models are given, and of the logits the columns that are kept.
struct GoldenPrompts {
  let ids: [[Int]]
  /// For each prompt the one that an encoder reads where the decoder reads it.
  let encoderPrompts: [Int]
  let columns: [Int]

  init(_ name: String) throws {
    let document = try Golden.document(name)
    ids = try #require(document["prompts"]?.array).map(\.integers)
    encoderPrompts = try #require(document["encoder_prompts"]).integers
    columns = try #require(document["columns"]).integers
  }

  /// What the decoder is given for a prompt, and what the encoder.
  func input(_ network: Network, _ index: Int) -> (context: [Int], tokens: [Int]) {
    network.architecture.encoder == nil
      ? ([], ids[index])
      : (ids[encoderPrompts[index]], [network.architecture.startTokenID] + ids[index])
  }

  /// The largest difference of the logits of kept rows, and how many rows there are.
  ///
  /// A row is its position, the logarithm of the sum of exponentials, the largest columns and their
  /// logits, and the logits of the kept columns.
  func compare(
    _ network: Network, _ expected: [JSONValue]
  ) throws -> (difference: Double, rowCount: Int) {
    var pass = ForwardPass(network)
    var worst = 0.0
    var rowCount = 0
    for prompt in expected {
      let (context, tokens) = input(network, try #require(prompt["prompt"]?.int))
      let rows = try #require(prompt["rows"]?.array)
      var left = Dictionary(uniqueKeysWithValues: rows.map { ($0[0]?.int ?? -1, $0) })
      try pass.run(context: context, tokens, scoredCount: tokens.count) { position, logits in
        guard let row = left.removeValue(forKey: position) else { return }
        rowCount += 1
        var pairs = [(logits.logSumExp, row[1]?.double)]
        for (place, id) in (row[2]?.integers ?? []).enumerated() {
          pairs.append((Double(logits[id]), row[3]?[place]?.double))
        }
        for (place, column) in columns.enumerated() {
          pairs.append((Double(logits[column]), row[4]?[place]?.double))
        }
        for (value, expected) in pairs {
          let difference = abs(value - (expected ?? .infinity))
          if !(difference <= worst) { worst = difference }
        }
      }
      #expect(left.isEmpty)
    }
    return (worst, rowCount)
  }
}

extension Network {
  /// The same with other kernels.
  func computing(with kernels: Kernels) -> Network {
    var network = self
    network.kernels = kernels
    return network
  }

  /// The bits of all logits of a sequence, row by row, fed in pieces of some sizes.
  func logitBits(
    context: [Int] = [], _ tokens: [Int], pieces: [Int]? = nil, kernels: Kernels = .best
  ) throws -> [[UInt32]] {
    var pass = ForwardPass(computing(with: kernels))
    try pass.start(context: context, length: tokens.count, capacity: tokens.count)
    var rows: [[UInt32]] = []
    var start = 0
    for size in pieces ?? [tokens.count] {
      try pass.feed(Array(tokens[start..<start + size]), scoredCount: size) { _, logits in
        rows.append((0..<logits.count).map { logits[$0].bitPattern })
      }
      start += size
    }
    return rows
  }
}
