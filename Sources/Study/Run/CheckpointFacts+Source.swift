import Core
import Formats
import Foundation
import Inference

extension CheckpointFacts {
  /// Looks at a checkpoint without reading its weights.
  ///
  /// - Throws: `CheckpointError` or `InputError` if it cannot be scored.
  init(_ source: ModelSource, _ options: ScoringOptions) throws {
    try LanguageModel.check(source)
    let embedding = source.tensor(role: Role(layer: nil, component: .token_embd))
    self.init(
      tokenizer: "\(try Tokenizer.contentHash(of: source.checkpoint))",
      numerics: LanguageModel.numerics(of: source, options),
      shape: Self.shape(source), storedType: Self.storedType(source),
      embeddingRowCount: embedding?.rowCount,
      warnings: source.warnings.map { "\($0)" } + Self.handOverWarnings(source.path))
  }

  private static func shape(_ source: ModelSource) -> String {
    let name = source.architecture ?? "unknown"
    let layers = Set(source.tensors.compactMap { $0.role?.layer }).count
    let width = source.tensor(role: Role(layer: nil, component: .token_embd))?
      .logicalShape.last
    return "\(name) with \(layers) layers" + (width.map { " of width \($0)" } ?? "")
  }

  /// The type that most weights are stored in; `nil` with an adapter, whose sums are stored nowhere.
  private static func storedType(_ source: ModelSource) -> String? {
    guard CheckpointArgument(source.path).adapters.isEmpty else { return nil }
    var sizes: [String: Int] = [:]
    for tensor in source.tensors where !tensor.isBuffer {
      sizes["\(tensor.dtype)", default: 0] += tensor.elementCount
    }
    return sizes.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
  }

  /// Trainers that go on from the highest `checkpoint-N` start the next stage there and not from the
  /// end of this one, as the script of arXiv 2308.08747 does.
  private static func handOverWarnings(_ path: String) -> [String] {
    if let folder = StageFolder(path: path), folder.stages.last?.path == path,
      let step = folder.stages.dropLast().last(where: { isStep($0.name) })
    {
      return [
        "\(path): holds \(step.name) beside the weights of its end; a trainer that goes on from the "
          + "highest checkpoint-N began the next stage there: say which one is meant"
      ]
    }
    let parent = URL(filePath: path).deletingLastPathComponent().relativePath
    if isStep(URL(filePath: path).lastPathComponent), let folder = StageFolder(path: parent),
      folder.stages.last?.path == parent
    {
      return [
        "\(path): is a step of a training whose end is in \(parent): say which one is meant as the "
          + "stage"
      ]
    }
    return []
  }

  /// Whether a folder's name is one that trainers give to a step, such as `checkpoint-2000`.
  private static func isStep(_ name: String) -> Bool {
    name.hasPrefix("checkpoint-") && name.last?.isNumber == true
  }
}
