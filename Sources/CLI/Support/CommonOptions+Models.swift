import Formats
import Inference

extension CommonOptions {
  /// Opens a model and says what a user should know before trusting its tokens.
  func languageModel(_ source: ModelSource, _ options: ScoringOptions) throws -> LanguageModel {
    let model = try LanguageModel(source, options: options, workGroup: workGroup)
    for warning in model.tokenizer.warnings { terminal.warn(warning) }
    return model
  }

  /// Says which models are computed in another way than the first: their scores then differ by more
  /// than the models do.
  func warnOfOtherNumerics(_ sources: [ModelSource], _ options: ScoringOptions) {
    guard let base = sources.first, sources.count > 1 else { return }
    let numerics = sources.map { LanguageModel.numerics(of: $0, options) }
    for (source, own) in zip(sources, numerics) where own != numerics[0] {
      terminal.warn(
        "\(source.path): is computed in \(own), \(base.path) in \(numerics[0]); '--numerics' "
          + "makes them one")
    }
  }

  /// Says which models have another tokenizer than the first: scores of the same text are then sums
  /// over other tokens.
  func warnOfOtherTokenizers(_ sources: [ModelSource]) {
    guard let base = sources.first, sources.count > 1 else { return }
    let hashes = sources.map { try? Tokenizer.contentHash(of: $0.checkpoint) }
    for (source, hash) in zip(sources, hashes).dropFirst() where hash != hashes[0] {
      terminal.warn(
        "\(source.path): has another tokenizer than \(base.path), so the same text is other tokens")
    }
  }
}
