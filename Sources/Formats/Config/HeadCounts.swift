/// How many attention heads the layers of a model have, of any architecture.
///
/// What cannot be read is not known: it is no reason to refuse a checkpoint.
struct HeadCounts {
  /// Query heads: one number for all layers, or one for each.
  private var heads: [Int] = []
  /// Key and value heads, likewise.
  private var keyValueHeads: [Int] = []

  /// Nothing is known.
  init() {}

  /// Reads the metadata of a GGUF file.
  init(_ metadata: GGUFMetadata, architecture: String) {
    heads = metadata.counts("\(architecture).attention.head_count")
    keyValueHeads = metadata.counts("\(architecture).attention.head_count_kv")
  }

  /// Reads a `config.json`, or the `params.json` of LLaMA's own files.
  init(_ file: ConfigFile) {
    let text = (try? file.object("text_config")) ?? file
    let attention = try? text.object("attn_config")
    heads = text.count("num_attention_heads", "n_head", "n_heads", "num_heads")
    keyValueHeads = text.count("num_key_value_heads", "n_kv_heads")
    if keyValueHeads.isEmpty { keyValueHeads = attention?.count("kv_n_heads") ?? [] }
    if keyValueHeads.isEmpty { keyValueHeads = text.oldKeyValueCount }
  }

  /// The query heads of a layer; `nil` where they are not known, or there are none.
  func heads(layer: Int) -> Int? { Self.count(in: heads, layer: layer) }

  /// The key and value heads of a layer; as many as query heads where nothing else is said.
  func keyValueHeads(layer: Int) -> Int? {
    keyValueHeads.isEmpty ? heads(layer: layer) : Self.count(in: keyValueHeads, layer: layer)
  }

  private static func count(in counts: [Int], layer: Int) -> Int? {
    let count =
      counts.count == 1 ? counts[0] : counts.indices.contains(layer) ? counts[layer] : 0
    return ConfigBounds.heads.contains(count) ? count : nil
  }
}

extension GGUFMetadata {
  /// A number, or one for each layer; nothing if there is no such key or it is something else.
  fileprivate func counts(_ key: String) -> [Int] {
    if let count = try? integer(key) { return [count] }
    guard let array = try? array(key), array.count <= ConfigBounds.layers.upperBound else {
      return []
    }
    return (try? array.integers()) ?? []
  }
}

extension ConfigFile {
  /// The integer of the first key that there is.
  fileprivate func count(_ keys: String...) -> [Int] {
    for key in keys {
      if let count = try? integer(key) { return [count] }
    }
    return []
  }

  /// The key and value heads as Falcon and StarCoder write them: a number that counts only where a
  /// switch says so.
  fileprivate var oldKeyValueCount: [Int] {
    let count = count("num_kv_heads", "n_head_kv")
    guard let isShared = try? bool("multi_query") else { return count }
    if (try? bool("new_decoder_architecture")) ?? false { return count }
    return isShared ? [1] : []
  }
}

extension Checkpoint {
  /// The heads that the configuration beside the files speaks of.
  var headCounts: HeadCounts {
    configDocument.map { HeadCounts(ConfigFile(path: path, document: $0)) } ?? HeadCounts()
  }
  /// The heads that the metadata of GGUF files, or else the configuration beside them, speak of.
  var anyHeadCounts: HeadCounts {
    guard let ggufMetadata, let architecture else { return headCounts }
    return HeadCounts(ggufMetadata, architecture: architecture)
  }
}
