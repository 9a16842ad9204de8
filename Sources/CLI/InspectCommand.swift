import ArgumentParser
import Core
import Formats
import Foundation

/// `lethe inspect`: what is in checkpoints.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what is in a checkpoint",
    discussion: """
      Reads headers only, unless values are asked for with --stats, --histogram, --hash or \
      --verify. Tables show groups of equal layers; --tensors shows every tensor. JSON holds \
      everything. Statistics are those of the finite values, std and kurtosis of the whole \
      population, kurtosis 0 for a normal distribution.

      Example: lethe inspect ./llama-7b --tensors --filter '*attn_q*'
      """)

  @Argument(help: "The checkpoints")
  var checkpoints: [String]

  @Flag(help: "List every tensor")
  var tensors = false

  @Option(
    help: ArgumentHelp(
      "Show only tensors whose name or role matches, such as 'blk.*.attn_*' or '*norm*'",
      valueName: "glob"))
  var filter: String?

  @Flag(help: "Read every value, and show mean, deviation, extremes and what is not a number")
  var stats = false

  @Flag(help: "As --stats, with kurtosis and how many values have which magnitude")
  var histogram = false

  @Flag(help: "Read every value, and show hashes of the content that do not depend on the format")
  var hash = false

  @Flag(help: "As --hash, without trusting hashes that were kept")
  var rehash = false

  @Flag(help: "Look for everything that is wrong; exit with 2 if any of it is an error")
  var verify = false

  @Flag(help: "Set metadata, vocabulary and tensors of two checkpoints side by side")
  var compare = false

  @OptionGroup var models: CheckpointOptions

  @OptionGroup var common: CommonOptions

  func validate() throws {
    try models.requireBaseOfDifferences()
    if compare && checkpoints.count != 2 {
      throw ValidationError("'--compare' takes two checkpoints, \(checkpoints.count) given")
    }
  }

  func run() throws {
    let terminal = common.terminal
    let opened = try checkpoints.map { path in try open(path) }
    try checkFilter(opened.compactMap(\.source))
    let inspections = try opened.map { try inspect($0) }
    let comparison = try contrast(opened)
    if !verify || common.format == .json || common.format == .csv {
      for problem in inspections.flatMap(\.problems) { warn(problem) }
    }
    try terminal.write(text(of: inspections, comparison))
    if verify && inspections.contains(where: \.hasErrors) { throw ExitCode(2) }
  }
}

// MARK: - Work

extension InspectCommand {
  /// A checkpoint, or why it cannot be opened.
  private struct Opened {
    var path: String
    var source: ModelSource?
    var problems: [CheckpointError] = []
  }

  /// Opens a checkpoint; one that cannot be opened is a result where problems are asked for.
  private func open(_ path: String) throws -> Opened {
    do {
      return Opened(path: path, source: try models.source(path, common.terminal))
    } catch {
      guard verify else { throw error }
      // Only plain paths: what is unpacked, or lies in a cache, has been opened elsewhere.
      let isPlain = FileManager.default.fileExists(atPath: path) && !path.hasSuffix(".zst")
      let problems = isPlain ? CheckpointReport.fileProblems(path: path) : []
      return Opened(
        path: path, problems: problems.contains(error) ? problems : [error] + problems)
    }
  }

  private var isIncluded: ((String) -> Bool)? { filter.map { Glob(pattern: $0).matches } }

  private func checkFilter(_ sources: [ModelSource]) throws {
    guard let isIncluded, !sources.isEmpty,
      !sources.contains(where: { $0.tensors.contains { $0.matches(isIncluded) } })
    else { return }
    let only = sources.count == 1 ? sources.first : nil
    throw InputError(path: only?.path, "no tensor matches the filter")
  }

  private func inspect(_ opened: Opened) throws -> Inspection {
    guard let source = opened.source else {
      return .unreadable(path: opened.path, problems: opened.problems)
    }
    let cache = HashCache(folder: LocalFolders().cache, ignoresOld: rehash)
    return .opened(
      try common.terminal.withProgress { progress in
        try CheckpointReport(
          source, checkpoint: source.checkpoint, where: isIncluded, options: options, cache: cache,
          workGroup: common.workGroup, progress: progress)
      })
  }

  private var options: CheckpointReport.Options {
    var options: CheckpointReport.Options = []
    if hash || rehash { options.insert(.hashes) }
    if stats || histogram { options.insert(.statistics) }
    if histogram { options.insert(.histogram) }
    if verify { options.insert(.verification) }
    return options
  }

  private func contrast(_ opened: [Opened]) throws -> CheckpointContrast? {
    guard compare, let base = opened.first?.source, let other = opened.last?.source else {
      return nil
    }
    return try CheckpointContrast(
      base: (base, base.checkpoint), other: (other, other.checkpoint))
  }

  private func warn(_ problem: CheckpointError) {
    let isError = problem.problem.severity == .error
    if isError { Terminal.say("error: \(problem)\n") } else { common.terminal.warn("\(problem)") }
  }
}

// MARK: - Text

extension InspectCommand {
  private func text(
    of inspections: [Inspection], _ comparison: CheckpointContrast?
  ) -> String {
    switch common.format {
    case .json:
      return CheckpointReport.document(inspections, comparison: comparison).serialized(.pretty)
        + "\n"
    case .csv:
      if let comparison { return comparison.table(isWhole: true).csv() }
      if verify { return CheckpointReport.problemTable(inspections).csv() }
      return table(inspections.compactMap(\.report)).csv()
    case .table:
      return inspections.map { parts(of: $0) { $0.aligned() } }.joined(separator: "\n")
        + (comparison.map { "\n" + Self.text(of: $0) { $0.aligned() } } ?? "")
    case .markdown:
      return inspections.map { parts(of: $0) { $0.markdown() } }.joined(separator: "\n")
        + (comparison.map { "\n" + Self.text(of: $0) { $0.markdown() } } ?? "")
    }
  }

  /// The header block of a checkpoint and its tables.
  private func parts(of inspection: Inspection, _ render: (TextTable) -> String) -> String {
    let isMarkdown = common.format == .markdown
    var parts: [String] = []
    if let report = inspection.report {
      parts.append(isMarkdown ? "```\n\(report.summary)```\n" : report.summary)
      // A comparison is read for its differences.
      if !compare || tensors {
        parts.append(report.tensors.isEmpty ? "no tensors\n" : render(table([report])))
      }
      if histogram { parts.append(render(CheckpointReport.histogramTable([report]))) }
    } else {
      parts.append("\(inspection.path.escapingControls)\n")
    }
    if verify {
      let table = CheckpointReport.problemTable([inspection])
      parts.append(table.rows.isEmpty ? "no problems found\n" : render(table))
    }
    return parts.joined(separator: "\n")
  }

  private func table(_ reports: [CheckpointReport]) -> TextTable {
    if stats || histogram { return CheckpointReport.statisticsTable(reports) }
    // Rows of groups have no place for hashes, and CSV has no header block.
    return tensors || common.format == .csv && options.contains(.hashes)
      ? CheckpointReport.tensorTable(reports) : CheckpointReport.groupTable(reports)
  }

  private static func text(
    of comparison: CheckpointContrast, _ render: (TextTable) -> String
  ) -> String {
    let table = comparison.table(isWhole: false)
    return table.rows.isEmpty ? "nothing differs\n" : render(table)
  }
}
