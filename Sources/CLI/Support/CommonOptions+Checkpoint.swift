import Formats

extension CommonOptions {
  /// Opens a checkpoint and says what is odd about it, such as a shard that the index does not name.
  func checkpoint(_ path: String) throws -> Checkpoint {
    let checkpoint = try Checkpoint(path: path)
    for warning in checkpoint.warnings { terminal.warn("\(warning)") }
    return checkpoint
  }
}
