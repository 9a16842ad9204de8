public import Core
import OrderedCollections
import Probe
import Statistics

extension StudyResult {
  /// What the words of the report mean.
  static var readingSection: PageSection {
    PageSection(
      id: "reading", title: "How to read the numbers",
      parts: [.init(title: "", blocks: [.terms(terms)])])
  }

  /// Where the numbers come from.
  var provenanceSection: PageSection {
    PageSection(
      id: "provenance", title: "Where the numbers come from",
      parts: [
        .init(title: "", blocks: [.terms(facts)]),
        .init(title: "", blocks: [.table(checkpointTable)]),
      ])
  }

  private static let terms: [PageBlock.Term] = [
    .init(
      "FG",
      "The forgetting of the paper (arXiv 2308.08747, equation 1): for each task the relative drop "
        + "from the base, (R₀ − Rₘ) / R₀, averaged over all stages m, then over the tasks of the "
        + "axis. Positive is a loss, negative a gain."
    ),
    .init("final drop", "The same ratio after the last stage alone."),
    .init(
      "above-chance FG",
      "FG of what the base had above guessing: (R₀ − Rₘ) / (R₀ − chance). Not defined where the "
        + "base does not beat guessing."
    ),
    .init("BWT", "Backward transfer: last score minus the base's, in percentage points."),
    .init("Chaudhry", "Best earlier score minus the last one, in percentage points."),
    .init(
      "[a, b]",
      "A 95 % interval: the items are drawn again many times, the same for every checkpoint, and 95 "
        + "of 100 results lie between a and b. It says what other items could have shown, not what "
        + "another training run could."
    ),
    .init(
      "relative L2",
      "The length of the difference of two checkpoints' weights over the length of the first's."
    ),
    .init(
      "returned, skill lost",
      "With weights of the base put back: the share of the lost score that returns, and the share "
        + "of what the new tasks had gained that goes. Not defined where nothing was clearly lost, "
        + "or learned."
    ),
    .init(
      "clear, uncertain",
      "Clear: a 95 % interval that leaves 0 out (where only standard errors are known: a difference "
        + "of more than two, as if both scores came from different items), or p below 0.05 after "
        + "correction. Uncertain: within what chance can do."
    ),
    .init(
      "measured, not claimed",
      "Measured: stated as counted, not tested. Not claimed: what this study cannot show."
    ),
    .init(NumberText.missing, "Not defined; the notes below a table say why."),
  ]

  /// How the study was made.
  var facts: [PageBlock.Term] {
    [
      .init("Made", "\(provenance.createdAt), Lethe \(provenance.version)"),
      .init("Command", provenance.command),
      .init(
        "Numerics",
        "\(provenance.numerics), revision \(ResultLedger.engineRevision) of the engine; the kernels in "
          + "parentheses decide the last bits, threads do not"),
      .init("Protocol", plan.rules.rawValue),
      .init(
        "Examples before an item", plan.fewshotCount.map(String.init) ?? "as the task files say"),
      .init("Items", items),
      .init("Draws", draws),
      .init("Task files", plan.taskPaths.joined(separator: ", ")),
      .init("Metrics", metrics),
      .init(
        "Axes",
        (series.first?.axes ?? []).map { "\($0.name): \($0.tasks.joined(separator: ", "))" }
          .joined(separator: "; ")
      ),
    ]
  }

  private var items: String {
    switch (plan.limit, plan.sampleSize) {
    case (let limit?, _): "the first \(limit) of each task"
    case (nil, let size?): "\(size) of each task, drawn, the same ones in every run"
    case (nil, nil): "all"
    }
  }

  /// What was drawn at random, and where drawing starts.
  private var draws: String {
    let items =
      "intervals of scores and forgetting: \(NumberText.grouped(PairedBootstrap.drawCount)) draws of "
      + "the items, seed \(PairedBootstrap.seed)"
    guard !league.entries.isEmpty else { return items }
    return items + "; the league: \(NumberText.grouped(league.permutationCount)) rearrangements"
      + (league.seed.map { ", seed \($0)" } ?? ", all there are")
  }

  private var metrics: String {
    let names = OrderedSet(
      series.flatMap { $0.scores.flatMap { $0.tasks.map(\.metric) } })
    return names.joined(separator: ", ")
  }

  /// The checkpoints and what identifies them.
  public var checkpointTable: TextTable {
    TextTable(
      title: "Checkpoints",
      columns: [
        .words("run", key: "run"), .words("name", key: "name"), .words("path", key: "path"),
        .words("format", key: "format"), .words("architecture", key: "architecture"),
        .words("stored types", key: "dtypes"), .numbers("parameters", key: "parameter_count"),
        .numbers("size", key: "byte_count"), .words("content hash", key: "content_hash"),
      ],
      rows: series.flatMap { series in
        series.checkpoints.map { checkpoint in
          [
            .init(series.name), .init(checkpoint.name), .init(checkpoint.path),
            .init(checkpoint.format), .init(checkpoint.architecture ?? NumberText.missing),
            .init(checkpoint.dtypes.map { "\($0.value) × \($0.key)" }.joined(separator: ", ")),
            .count(checkpoint.parameterCount),
            .init(NumberText.bytes(checkpoint.byteCount), raw: "\(checkpoint.byteCount)"),
            .init(checkpoint.contentHash ?? NumberText.missing),
          ]
        }
      })
  }
}
