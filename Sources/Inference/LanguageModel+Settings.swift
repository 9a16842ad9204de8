extension LanguageModel {
  /// What an answer depends on beside the weights, the tokenizer's ids and ``numerics``.
  ///
  /// That is what the model computes with the weights, how it turns requests into tokens, and what ends
  /// a text. Models with the same words agree in all of it, in whatever format their weights are.
  public var settings: String {
    [
      "\(network.architecture.withoutLayout)", "context \(contextLength)",
      "encoding \(options.encoding)", "ends \(endTokenIDs)",
      "penalty \(generation.repetitionPenalty)", "most \(generation.maximumCount ?? -1)",
      "end \(tokenizer.endTokenID ?? -1)", "begin \(tokenizer.beginTokenID ?? -1)",
    ].joined(separator: "; ")
  }

  /// Where the boundary between context and continuation falls.
  public var encoding: RequestEncoding { options.encoding }
}

extension Architecture {
  /// The same without how tensors are stored.
  fileprivate var withoutLayout: Architecture {
    var architecture = self
    architecture.storesInputsFirst = false
    for index in architecture.decoder.layers.indices {
      architecture.decoder.layers[index].attention.fusedOrder = .consecutive
    }
    return architecture
  }
}
