import OrderedCollections

/// Finds the tensors of a base that an adapter speaks of.
struct AdapterTargets {
  /// A tensor of the base, or one that an adapter adds to it.
  struct Target {
    /// The tensor that values are taken from.
    var base: TensorInfo
    var name: String
    var role: Role?
    /// Whether the base has no tensor of that name.
    var isNew = false
    /// Whether the base has one tensor where the adapter changes one of two.
    var isTied = false
  }

  private let base: any TensorSource
  /// Tensors by their names without what wrappers put before them; `nil` where two share one.
  private let byShortName: [String: TensorInfo?]

  /// The names that the adapter is written with, if they are those of Hugging Face.
  private let names: NameTable?

  init(_ base: any TensorSource, _ adapter: Adapter) {
    self.base = base
    names =
      adapter.naming == .gguf
      ? nil
      : NameTable.best(for: Array(adapter.edits.keys), architecture: base.architecture)
    byShortName = Dictionary(
      base.tensors.map { (Self.shortName($0.name), $0) }, uniquingKeysWith: { _, _ in nil })
  }

  /// The tensor that an edit changes.
  ///
  /// - Returns: `nil` for an edit that may go without one.
  /// - Throws: ``CheckpointError`` with ``CheckpointError/Problem/noTarget(name:)``.
  func find(
    _ name: String, _ edit: WeightEdit, _ adapter: Adapter
  ) throws(CheckpointError) -> Target? {
    let role = role(name, adapter.naming)
    if let tensor = tensor(name, role) {
      let isTied = tensor.role?.component == .token_embd && !hasHead && edit.product != nil
      return Target(base: tensor, name: tensor.name, role: tensor.role, isTied: isTied)
    }
    if role == Role(layer: nil, component: .output), !hasHead {
      // The head of such a base is its embedding; an adapter can give it one of its own.
      let embedding = base.tensor(role: Role(layer: nil, component: .token_embd))
      if let source = edit.replacement ?? embedding {
        return Target(
          base: source, name: name, role: role, isNew: true, isTied: edit.replacement == nil)
      }
    }
    if edit.isOptional { return nil }
    throw CheckpointError(
      .noTarget(name: name), path: adapter.weights.path, tensor: edit.tensors.first?.name)
  }

  private func role(_ name: String, _ naming: Adapter.Naming) -> Role? {
    naming == .gguf ? Role(ggufName: TensorName(name)) : names?.role(of: TensorName(name))
  }

  private var hasHead: Bool {
    base.tensor(role: Role(layer: nil, component: .output)) != nil
  }

  private func tensor(_ name: String, _ role: Role?) -> TensorInfo? {
    if let tensor = base.tensor(named: name) { return tensor }
    if let role, let tensor = base.tensor(role: role) { return tensor }
    return byShortName[Self.shortName(name)] ?? nil
  }

  /// A name without the wrappers that one program writes and another leaves out.
  private static func shortName(_ name: String) -> String {
    var parts = TensorName(name).parts[...]
    while parts.count > 2, let first = parts.first, ["model", "transformer"].contains(first) {
      parts = parts.dropFirst()
    }
    return parts.joined(separator: ".")
  }
}

extension WeightEdit {
  /// The tensors of the adapter that take part.
  var tensors: [TensorInfo] {
    [
      product?.inputs.tensor, product?.outputs.tensor, replacement, rows?.values, magnitude,
      factors, addend?.tensor,
    ].compactMap(\.self)
  }
}
