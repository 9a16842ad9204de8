public import Core

extension OutputFolder {
  /// Writes documents of a study; each appears whole or not at all.
  ///
  /// - Parameter documents: The documents; their paths are inside the folder.
  /// - Throws: `InputError` if a folder or file cannot be written.
  public func write(_ documents: [StudyDocument]) throws(InputError) {
    for document in documents { try write(document.text, to: document.path) }
  }
}
