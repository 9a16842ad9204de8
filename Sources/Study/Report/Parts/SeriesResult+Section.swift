import Core

extension SeriesResult {
  /// Everything about this series.
  ///
  /// - Parameters:
  ///   - id: The section's place, and what the names of its charts begin with.
  ///   - isOnly: Whether the study has no other series.
  ///   - largestCellCount: So many cells the maps of layers may have.
  /// - Returns: The section.
  func section(id: String, isOnly: Bool, largestCellCount: Int) -> PageSection {
    let tokens = tokenTables
    return PageSection(
      id: id, title: isOnly ? "The series" : name,
      parts: [
        .init(
          title: "What was forgotten, and what was learned",
          blocks: (isOnly ? [] : [.findings(findings)]) + [
            .charts([accuracyChart(id: id), learningChart(id: id)].compactMap(\.self)),
            .table(axisTable), .notes(forgetting.notes),
            .folded("Forgetting of every task", [forgetting.table]),
            .folded("Drop after every stage", [forgetting.stageTable]),
          ] + (learning.isEmpty ? [] : [.folded("New tasks in numbers", [learningTable])])),
        .init(
          title: "Where the weights moved",
          blocks: [
            .charts(driftCharts(id: id, largestCellCount: largestCellCount)),
            .notes(driftNotes),
          ]),
        .init(
          title: "Tokens that moved most",
          blocks: tokens.prefix(1).map { .table($0) }
            + (tokens.count > 1
              ? [.folded("The same in the head", Array(tokens.dropFirst()))] : [])),
      ]
        + restorations.enumerated().map { index, restoration in
          .init(
            title: "What comes back: \(restoration.stageName) with weights of the base",
            blocks: restorationBlocks(
              restoration, id: restorations.count > 1 ? "\(id)-\(index + 1)" : id))
        })
  }
}
