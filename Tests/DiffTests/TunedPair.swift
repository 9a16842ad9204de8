import Foundation
import TestSupport

@testable import Diff
@testable import Formats

/// A copy of a checkpoint of the series in which some tensors have other values, as a file.
struct TunedPair {
  /// What a tensor becomes: values in its logical order; `nil` leaves it as it is.
  typealias Edit = (TensorInfo, [Float]) throws -> [Float]?

  let base: Checkpoint
  let other: Checkpoint
  private let folder: TemporaryFolder

  /// Writes the copy.
  ///
  /// - Parameters:
  ///   - name: The folder of the series that the base is in.
  ///   - type: How the copy stores its tensors.
  ///   - edit: What becomes of each tensor.
  /// - Throws: What reading the base and writing the copy throws.
  init(
    from name: String = "base", as type: SafetensorsTensor.Encoding = .bf16, _ edit: Edit
  ) throws {
    base = try Self.stage(name)
    folder = try TemporaryFolder()
    let base = base
    let tensors = try base.tensors.map { tensor in
      let values = try base.values(of: tensor)
      let edited = try edit(tensor, values) ?? values
      let rows = edited.count / (tensor.shape.dropFirst().reduce(1, *))
      return try SafetensorsTensor(
        tensor.name, shape: [rows] + tensor.shape.dropFirst(),
        dtype: type == .bf16 ? .bf16 : type == .f16 ? .f16 : .f32,
        bytes: edited.flatMap { Self.bytes($0, type) })
    }
    try SafetensorsWriter().write(tensors, toFolder: folder.path("model"))
    try FileManager.default.copyItem(
      atPath: Fixtures.path("series/llama/base/config.json"),
      toPath: folder.path("model/config.json"))
    other = try Checkpoint(path: folder.path("model"))
  }

  static func stage(_ name: String) throws -> Checkpoint {
    try Checkpoint(path: Fixtures.path("series/llama/\(name)"))
  }

  /// A tensor of another stage.
  static func values(_ name: String, of stage: Checkpoint) throws -> [Float]? {
    try stage.tensor(named: name).map { try stage.values(of: $0) }
  }

  private static func bytes(_ value: Float, _ type: SafetensorsTensor.Encoding) -> [UInt8] {
    switch type {
    case .bf16:
      let bits = value.bitPattern
      let rounded = (bits &+ 0x7fff &+ (bits >> 16 & 1)) >> 16
      return [UInt8(rounded & 255), UInt8(rounded >> 8 & 255)]
    case .f16:
      let bits = Float16(value).bitPattern
      return [UInt8(bits & 255), UInt8(bits >> 8)]
    default: return (0..<4).map { UInt8(value.bitPattern >> UInt32(8 * $0) & 255) }
    }
  }

  func comparison(where isIncluded: ((String) -> Bool)? = nil) throws -> CheckpointComparison {
    try CheckpointComparison(base: base, other: other, where: isIncluded)
  }
}

/// Updates for tests.
struct Updates {
  private var random: SplitMix

  init(seed: UInt64) { random = SplitMix(seed: seed) }

  /// Numbers of the normal distribution.
  mutating func normal(_ count: Int) -> [Float] {
    (0..<count).map { _ in
      let radius = (-2 * Double.random(in: 1e-300...1, using: &random).logarithm).squareRoot()
      return Float(radius * cos(2 * Double.pi * Double.random(in: 0..<1, using: &random)))
    }
  }

  /// A matrix plus a random one of some rank, whose norm is a part of its own.
  mutating func adapted(_ values: [Float], columns: Int, rank: Int, share: Float) -> [Float] {
    let rows = values.count / columns
    let (left, right) = (normal(rows * rank), normal(rank * columns))
    var update = [Float](repeating: 0, count: values.count)
    for row in 0..<rows {
      for index in 0..<rank {
        let factor = left[row * rank + index]
        for column in 0..<columns {
          update[row * columns + column] += factor * right[index * columns + column]
        }
      }
    }
    let scale = share * norm(values) / norm(update)
    return zip(values, update).map { $0 + scale * $1 }
  }

  private func norm(_ values: [Float]) -> Float {
    values.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }
}

extension Double {
  fileprivate var logarithm: Double { log(self) }
}
