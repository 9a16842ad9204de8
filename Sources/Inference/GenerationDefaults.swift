import Core
import Formats
import Foundation

/// What `generation_config.json` beside a model changes about texts that are made by the likeliest token;
/// transformers, and so lm-evaluation-harness, follows it.
struct GenerationDefaults: Sendable, Equatable {
  /// The tokens that end a text; `nil` where none are named.
  var endTokenIDs: [Int]?
  /// What logits of tokens that stand in the text already are divided by where they are positive, and
  /// multiplied with where they are negative.
  var repetitionPenalty: Float = 1
  /// How many tokens are made at most, whatever is asked for; `nil` where nothing is said.
  var maximumCount: Int?
  /// Why texts cannot be made as the file says; `nil` where they can.
  var problem: InputError?

  /// The file's name.
  static let fileName = "generation_config.json"

  /// What changes the likeliest token or the search for it, with the values that change nothing.
  private static let unsupported: KeyValuePairs<String, [JSONValue]> = [
    "num_beams": [1], "no_repeat_ngram_size": [0], "encoder_no_repeat_ngram_size": [0],
    "encoder_repetition_penalty": [1, 1.0], "min_length": [0], "min_new_tokens": [0],
    "bad_words_ids": [], "suppress_tokens": [[]], "begin_suppress_tokens": [[]],
    "forced_bos_token_id": [], "forced_eos_token_id": [], "sequence_bias": [],
    "guidance_scale": [1, 1.0], "exponential_decay_length_penalty": [], "penalty_alpha": [0, 0.0],
  ]

  /// Reads the file beside a checkpoint's weights; where there is none, nothing changes.
  ///
  /// - Parameter checkpoint: The checkpoint.
  /// - Throws: `InputError` for a file that is not JSON.
  init(_ checkpoint: Checkpoint) throws {
    guard checkpoint.format != .gguf else { return }
    let path = URL(filePath: checkpoint.shards.first?.path ?? checkpoint.path)
      .deletingLastPathComponent().appending(path: Self.fileName).path(percentEncoded: false)
    guard FileManager.default.fileExists(atPath: path) else { return }
    let file: JSONValue
    do {
      file = try JSONValue(parsing: MappedFile.contents(ofFile: path))
    } catch let error as JSONError {
      throw InputError(path: path, "not JSON: \(error)")
    }
    endTokenIDs = file["eos_token_id"].flatMap {
      $0.int.map { [$0] } ?? $0.array?.compactMap(\.int)
    }
    maximumCount = file["max_new_tokens"]?.int
    repetitionPenalty = Float(file["repetition_penalty"]?.double ?? 1)
    if !(repetitionPenalty > 0 && repetitionPenalty.isFinite) {
      problem = InputError(
        path: path, place: "key 'repetition_penalty'", "\(repetitionPenalty), expected above 0")
    }
    for (key, harmless) in Self.unsupported {
      guard let value = file[key], value != .null, !harmless.contains(value) else { continue }
      problem = InputError(
        path: path, place: "key '\(key)'", "\(value.serialized()) is not supported",
        hint: "remove the key to make texts without it")
    }
  }
}
