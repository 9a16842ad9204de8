import Core
import Foundation

/// Opens checkpoint arguments.
struct SourceOpener {
  /// How many adapters may name each other as base.
  private static let depthLimit = 8

  let folders: LocalFolders
  /// The base of adapters that are given alone.
  let base: String?

  /// Opens an argument.
  func open(_ argument: String) throws(CheckpointError) -> ModelSource {
    try open(argument, base: base, depth: 0)
  }

  private func open(
    _ argument: String, base: String?, depth: Int
  ) throws(CheckpointError) -> ModelSource {
    let parts = CheckpointArgument(argument)
    var source: ModelSource
    switch try part(parts.first) {
    case .model(let model): source = model
    case .adapter(let adapter):
      guard depth < Self.depthLimit else {
        throw CheckpointError(.noBase(named: adapter.baseName), path: parts.first)
      }
      let baseArgument: String
      if let base {
        baseArgument = base
      } else {
        baseArgument = try self.base(of: adapter, parts.first)
      }
      let model = try open(baseArgument, base: nil, depth: depth + 1)
      source = try model.adding(adapter, path: argument)
    }
    for path in parts.adapters {
      guard case .adapter(let adapter) = try part(path) else {
        throw CheckpointError(.notAnAdapter, path: path)
      }
      source = try source.adding(adapter, path: argument)
    }
    return source.named(argument)
  }

  private enum Part {
    case model(ModelSource)
    case adapter(Adapter)
  }

  /// Opens what stands between plus signs.
  private func part(_ argument: String) throws(CheckpointError) -> Part {
    guard !argument.isEmpty else {
      throw CheckpointError(
        .unreadable(reason: "nothing stands before or behind a '+' of the argument"), path: "''")
    }
    let path = try resolve(argument)
    if let location = try AdapterLocation(path: path) { return .adapter(try Adapter(location)) }
    let checkpoint: Checkpoint
    do {
      checkpoint = try Checkpoint(path: path)
    } catch {
      throw Self.explanation(of: error, path) ?? error
    }
    if let location = AdapterLocation(checkpoint) { return .adapter(try Adapter(location)) }
    guard let packed = try PackedWeights(checkpoint) else {
      return .model(ModelSource(checkpoint))
    }
    return .model(
      ModelSource(
        path: checkpoint.path, checkpoint: checkpoint, warnings: packed.warnings, weights: packed))
  }

  /// Says that a folder without a checkpoint of its own holds those of several stages.
  private static func explanation(of error: CheckpointError, _ path: String) -> CheckpointError? {
    switch error.problem {
    case .noCheckpoint, .partitionedWeights:
      StageFolder(path: path).map { folder in
        CheckpointError(.stageFolder(names: folder.stages.map(\.name)), path: path)
      }
    default: nil
    }
  }

  /// The path that an argument leads to: in the cache of the Hub, or unpacked.
  private func resolve(_ argument: String) throws(CheckpointError) -> String {
    let isPath = FileManager.default.fileExists(atPath: argument)
    let path =
      argument.hasPrefix(HubCache.prefix) && !isPath
      ? try HubCache(folder: folders.hub).snapshot(argument) : argument
    return try UnpackedFiles(folders: folders).path(for: path)
  }

  /// The base that an adapter names: a path, from here or from the adapter's folder, or a repository
  /// in the local cache.
  private func base(of adapter: Adapter, _ argument: String) throws(CheckpointError) -> String {
    guard let name = adapter.baseName else {
      throw CheckpointError(.noBase(named: nil), path: argument)
    }
    let folder = FilePath.folder(of: adapter.weights.path)
    let beside = name.hasPrefix("/") ? name : FilePath.join(folder, name)
    for path in [name, beside] where FileManager.default.fileExists(atPath: path) { return path }
    if let reference = HubCache.Reference(name) {
      let revision = reference.revision ?? adapter.baseRevision
      let hubName = HubCache.prefix + reference.repository + (revision.map { "@\($0)" } ?? "")
      if (try? HubCache(folder: folders.hub).snapshot(hubName)) != nil { return hubName }
    }
    throw CheckpointError(.noBase(named: name), path: argument)
  }
}

extension ModelSource {
  /// The model with an adapter.
  func adding(_ adapter: Adapter, path: String) throws(CheckpointError) -> ModelSource {
    let adapted = try AdaptedWeights(self, adapter, path: path)
    var checkpoint = checkpoint
    let embedding = Role(layer: nil, component: .token_embd)
    if let rows = adapted.tensor(role: embedding)?.rowCount,
      rows != weights.tensor(role: embedding)?.rowCount
    {
      // Tokens were added: the adapter's tokenizer knows them, the base's does not.
      checkpoint.config?.vocabularySize = rows
      checkpoint.tokenizerPath = adapter.tokenizerPath ?? checkpoint.tokenizerPath
    }
    return ModelSource(
      path: path, checkpoint: checkpoint,
      warnings: warnings + adapter.weights.warnings + adapted.warnings, weights: adapted)
  }

  /// The model under the argument that the user wrote.
  func named(_ path: String) -> ModelSource {
    ModelSource(path: path, checkpoint: checkpoint, warnings: warnings, weights: weights)
  }
}
