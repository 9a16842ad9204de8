/// How the checkpoints of one family of models call their tensors.
struct NameTable: Sendable {
  /// The architectures with these names, as `config.json` calls them.
  let architectures: Set<String>
  /// What stands before a layer's number.
  let layerWord: Substring
  /// The places outside of the layers.
  let outer: [String: Role.Component]
  /// The places in a layer; the number of an expert is written `#`.
  let inner: [String: Role.Component]
  /// The places in a layer of the decoder, where it is built otherwise than the encoder; `nil`
  /// where a model has only one stack.
  var decoderInner: [String: Role.Component]?
  /// Whole names, within or outside of a layer, of what was not learned.
  var buffers: [String: Role.Component] = [:]
  /// Whether rows of queries and keys lie as in GGUF.
  var hasInterleavedRows = false

  /// What may stand before a name, once or several times: the model without its head is a part of
  /// the one with it, and a language model a part of one that sees.
  private static let wrappers: Set<Substring> = [
    "model", "transformer", "language_model", "gpt_neox",
  ]

  /// The role of a tensor; `nil` if these checkpoints have no such name.
  func role(of name: TensorName) -> Role? {
    var parts = name.parts[...]
    while let first = parts.first, Self.wrappers.contains(first), parts.count > 1 {
      parts = parts.dropFirst()
    }
    var stack: Role.Stack?
    if decoderInner != nil, let first = parts.first, let known = Role.Stack(rawValue: String(first))
    {
      stack = known
      parts = parts.dropFirst()
    }
    var layer: Int?
    if parts.count > 2, parts.first == layerWord {
      guard let number = TensorName.layerNumber(parts[parts.startIndex + 1]) else { return nil }
      layer = number
      parts = parts.dropFirst(2)
    }
    let expert = Self.takeExpert(&parts)
    guard let (component, parameter) = place(parts, isInLayer: layer != nil, stack: stack),
      component.isOfExperts || expert == nil
    else { return nil }
    return Role(
      stack: stack ?? .decoder, hasTwoStacks: stack != nil, layer: layer, component: component,
      expert: expert, parameter: parameter)
  }

  /// The number behind `experts`, which `#` stands for from then on.
  private static func takeExpert(_ parts: inout ArraySlice<Substring>) -> Int? {
    guard let word = parts.firstIndex(of: "experts"), word + 1 < parts.endIndex,
      let number = TensorName.layerNumber(parts[word + 1])
    else { return nil }
    parts[word + 1] = "#"
    return number
  }

  private func place(
    _ parts: ArraySlice<Substring>, isInLayer: Bool, stack: Role.Stack?
  ) -> (Role.Component, Role.Parameter)? {
    let whole = parts.joined(separator: ".")
    if let buffer = buffers[whole] { return (buffer, .weight) }
    let places = isInLayer ? (stack == .decoder ? decoderInner ?? inner : inner) : outer
    guard let last = parts.last, let parameter = Role.Parameter(rawValue: String(last)) else {
      // Stacks of experts are parameters of their own, not weights of a module.
      return places[whole].flatMap { $0.isOfExperts ? ($0, .weight) : nil }
    }
    return places[parts.dropLast().joined(separator: ".")].map { ($0, parameter) }
  }
}

// MARK: - Which table

extension NameTable {
  private static let sampleCount = 1024

  /// The table that a checkpoint's names are from: the one that knows most of them, and among those
  /// the one of the architecture, where it is known.
  ///
  /// - Parameters:
  ///   - names: The names of all tensors; of very many, some are looked at.
  ///   - architecture: The architecture, where something says it.
  /// - Returns: `nil` if no table knows any of them.
  static func best(
    for names: some RandomAccessCollection<String>, architecture: String?
  ) -> NameTable? {
    let step = max(1, names.count / sampleCount)
    let sample = stride(from: 0, to: names.count, by: step).map { position in
      TensorName(names[names.index(names.startIndex, offsetBy: position)])
    }
    var best: (table: NameTable, score: Int)?
    for table in all {
      let known = sample.count { table.role(of: $0) != nil }
      guard known > 0 else { continue }
      let isNamed = architecture.map(table.architectures.contains) ?? false
      let score = 2 * known + (isNamed ? 1 : 0)
      if score > best?.score ?? 0 { best = (table, score) }
    }
    return best?.table
  }
}
