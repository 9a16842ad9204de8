import ArgumentParser
import Diff

/// What gets one row in a table of drift.
enum DriftLevel: String, CaseIterable, ExpressibleByArgument {
  case tensor, layer, component, model

  var granularity: Granularity {
    switch self {
    case .tensor: .tensor
    case .layer: .layer
    case .component: .component
    case .model: .model
    }
  }

  /// Where the documents hold the level.
  var key: String { self == .model ? "total" : "\(rawValue)s" }
}

/// The options that choose a part of the drift.
struct DriftSelection: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Compare only tensors whose name or role matches, such as 'blk.*.attn_*' or '*norm*'",
      valueName: "glob"))
  var filter: String?

  @Option(help: ArgumentHelp("Show only the rows that moved furthest", valueName: "count"))
  var top: Int?

  func validate() throws {
    if let top, top < 1 { throw ValidationError("'--top \(top)' must be at least 1") }
  }

  /// Whether a tensor with this name or role takes part; `nil` for all.
  var isIncluded: ((String) -> Bool)? {
    filter.map { Glob(pattern: $0).matches }
  }
}
