import Core

extension CheckpointContents {
  /// Gives the tensors their roles, layers and layouts, as names and architecture tell them.
  ///
  /// A role belongs to the first tensor that has it; a second one goes by its name alone.
  mutating func describeTensors(architecture: String?, config: ConfigFile?) {
    if let ggufMetadata {
      if let architecture {
        let heads = HeadCounts(ggufMetadata, architecture: architecture)
        for index in tensors.indices {
          tensors[index].setGGUFLayout(architecture: architecture, heads: heads)
        }
      }
    } else {
      describeByName(architecture: architecture, config: config)
    }
    tensors.nameSharedEmbedding()
    var seen: Set<Role> = Set(minimumCapacity: tensors.count)
    for index in tensors.indices {
      guard let role = tensors[index].role, !seen.insert(role).inserted else { continue }
      tensors[index].role = nil
    }
  }

  private mutating func describeByName(architecture: String?, config: ConfigFile?) {
    let table = NameTable.best(for: tensors.lazy.map(\.name), architecture: architecture)
    let heads = table?.hasInterleavedRows ?? false ? originalHeads(config) : HeadCounts()
    for (index, place) in Self.places(tensors, in: table).enumerated() {
      tensors[index].role = place.role
      tensors[index].layer = place.layer
      guard let table, let role = place.role else { continue }
      tensors[index].layout = TensorLayout(
        role: role, shape: tensors[index].shape, heads: heads,
        hasInterleavedRows: table.hasInterleavedRows)
    }
  }

  private static let stepCount = 4096

  /// The roles and layers that names tell; many names are shared among threads.
  private static func places(
    _ tensors: [TensorInfo], in table: NameTable?
  ) -> [(role: Role?, layer: Int?)] {
    @Sendable func place(_ tensor: TensorInfo) -> (role: Role?, layer: Int?) {
      let name = TensorName(tensor.name)
      let role = table?.role(of: name) ?? Role(bufferName: name)
      return (role, role?.layer ?? name.layer)
    }
    let starts = Array(stride(from: 0, to: tensors.count, by: stepCount))
    let steps = try? WorkGroup(threadCount: starts.count > 1 ? nil : 1).map(starts.count) { step in
      tensors[starts[step]..<min(starts[step] + stepCount, tensors.count)].map(place)
    }
    return steps?.flatMap(\.self) ?? tensors.map(place)
  }

  /// The heads of LLaMA's own files: `params.json` beside them says how many, or `config.json`.
  private func originalHeads(_ config: ConfigFile?) -> HeadCounts {
    let parameters = FilePath.existing("params.json", beside: anchor)
      .flatMap { try? ConfigFile(path: $0) }
    return (parameters ?? config).map { HeadCounts($0) } ?? HeadCounts()
  }
}

extension TensorInfo {
  fileprivate mutating func setGGUFLayout(architecture: String, heads: HeadCounts) {
    guard let role else { return }
    layout = TensorLayout(
      ggufRole: role, shape: shape, architecture: architecture, heads: heads)
  }
}

extension [TensorInfo] {
  /// Calls the first embedding of a model with two stacks that of both, where none is called so: as
  /// weights are shared, any of the three names may have been left out of a file.
  fileprivate mutating func nameSharedEmbedding() {
    let shared = Role(layer: nil, component: .token_embd)
    guard !contains(where: { $0.role == shared }),
      let first = firstIndex(where: {
        $0.role?.component == .token_embd && $0.role?.hasTwoStacks ?? false
          && $0.role?.parameter == .weight
      })
    else { return }
    self[first].role = shared
  }
}

extension Role {
  /// The role of what any model may have that was not learned; `nil` for every other name.
  fileprivate init?(bufferName name: TensorName) {
    let component: Component
    switch name.parts.last {
    case "inv_freq": component = .rotary_inv_freq
    case "position_ids": component = .position_ids
    default: return nil
    }
    self.init(layer: component == .rotary_inv_freq ? name.layer : nil, component: component)
  }
}
