/// The task files that are part of the program.
enum ShippedTasks {
  /// The files that follow some rules: paths such as `hellaswag/hellaswag.yaml`, and their texts.
  static func files(for rules: EvaluationProtocol) -> [(path: String, text: String)] {
    switch rules {
    case .harness: harness
    case .paper: paper
    }
  }

  private static let harness =
    documents(PackageResources.harness_yaml) + MMLUSubject.letterFiles + MMLUSubject.answerFiles
  private static let paper = documents(PackageResources.paper_yaml) + MMLUSubject.paperFiles

  /// The documents of a file, whose paths stand in comments behind the lines between them.
  private static func documents(_ bytes: [UInt8]) -> [(path: String, text: String)] {
    let mark = "--- # "
    var found: [(path: String, text: String)] = []
    for line in String(decoding: bytes, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    {
      if line.hasPrefix(mark) {
        found.append((String(line.dropFirst(mark.count)), ""))
      } else if !found.isEmpty {
        found[found.count - 1].text += "\(line)\n"
      }
    }
    return found
  }
}
