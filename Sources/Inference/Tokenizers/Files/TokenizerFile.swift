import Core
import Formats
import Foundation

/// Finds the file that describes a model's tokenizer, and reads it.
enum TokenizerFile {
  /// The names that SentencePiece models and files of tiktoken go by.
  private static let pieceFiles = ["tokenizer.model", "spiece.model", "sentencepiece.bpe.model"]

  /// Reads the tokenizer of a checkpoint: the files beside it, else the one in the GGUF file.
  static func pipeline(of checkpoint: Checkpoint) throws -> TokenizerPipeline {
    if let path = checkpoint.tokenizerPath { return try pipeline(path: path) }
    if checkpoint.format == .gguf { return try TokenizerGGUF(checkpoint).pipeline() }
    let anchor = URL(filePath: checkpoint.shards.first?.path ?? checkpoint.path)
    let folder = anchor.deletingLastPathComponent()
    let names = pieceFiles + [VocabularyAndMerges.vocabularyName] + tiktokenNames(in: folder)
    for name in names {
      let path = folder.appending(path: name).path(percentEncoded: false)
      if FileManager.default.fileExists(atPath: path) { return try pipeline(path: path) }
    }
    throw InputError(
      path: checkpoint.path, "has no tokenizer",
      hint: "put the model's 'tokenizer.json' beside the weights")
  }

  /// Reads a tokenizer's file, which its name tells the kind of.
  static func pipeline(path: String) throws -> TokenizerPipeline {
    let url = URL(filePath: path)
    if url.lastPathComponent == VocabularyAndMerges.vocabularyName {
      return try VocabularyAndMerges(path: path).pipeline()
    }
    guard ["model", "tiktoken"].contains(url.pathExtension) else {
      return try TokenizerJSON(path: path).pipeline()
    }
    let bytes = try MappedFile.contents(ofFile: path)
    return TiktokenFile.isOne(bytes)
      ? try TiktokenFile(path: path, bytes).pipeline()
      : try SentencePieceFile(path: path, bytes).pipeline()
  }

  private static func tiktokenNames(in folder: URL) -> [String] {
    let names = try? FileManager.default.contentsOfDirectory(
      atPath: folder.path(percentEncoded: false))
    return (names ?? []).filter { $0.hasSuffix(".tiktoken") }.sorted()
  }
}
