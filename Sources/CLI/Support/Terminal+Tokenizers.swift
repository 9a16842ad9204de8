import Formats
import Inference

extension Terminal {
  /// Says which models have another tokenizer than the first: scores of the same text are then sums
  /// over other tokens.
  func warnOfOtherTokenizers(_ sources: [ModelSource]) {
    let hashes = sources.map { try? Tokenizer.contentHash(of: $0.checkpoint) }
    guard let base = sources.first else { return }
    for (source, hash) in zip(sources, hashes).dropFirst() where hash != hashes[0] {
      warn(
        "\(source.path): has another tokenizer than \(base.path), so the same text is other tokens")
    }
  }
}
