extension Evaluation {
  /// One task with its items.
  struct PreparedTask: Sendable {
    var task: EvalTask
    var shotCount: Int
    var items: [PreparedItem]

    /// Writes the requests of a task's items.
    ///
    /// - Parameters:
    ///   - task: The task.
    ///   - options: How it is run.
    ///   - sampleSize: How many items are drawn; `nil` for all.
    /// - Throws: `InputError` with file and row of an item that cannot be made.
    init(_ task: EvalTask, _ options: EvaluationOptions, sampleSize: Int?) throws {
      let own = task.configuration.shotCount
      self.task = task
      shotCount = own == 0 ? 0 : options.shotCount ?? own ?? 0
      var (order, random) = Self.order(of: task, options.rules)
      order = Array(order.prefix(options.limit ?? .max))
      var writer = try PromptWriter(task, shotCount: shotCount, options: options, random: random)
      let taken = sampleSize.map { Set(ItemSample.positions($0, of: order.count)) }
      items = []
      for (place, index) in order.enumerated() {
        // An item that is left out still uses up its draws, so the others are as in a full run.
        guard taken?.contains(place) ?? true else {
          try writer.skip(index)
          continue
        }
        items.append(try writer.item(at: index))
      }
    }

    /// The order of the items, and where draws of examples start.
    ///
    /// The harness of April 2023 shuffled the items, and drew examples from the same stream.
    private static func order(
      of task: EvalTask, _ rules: EvaluationProtocol
    ) -> (order: [Int], random: PythonRandom?) {
      switch rules {
      case .harness: return (Array(task.rows.indices), nil)
      case .paper:
        var random = PythonRandom(seed: 42)
        let order = random.shuffled(task.rows.count)
        return (order, random)
      }
    }

    /// The task with only the items that have results.
    func keeping(_ results: [ItemResult]) -> PreparedTask {
      guard results.count < items.count else { return self }
      let kept = Set(results.map(\.index))
      var task = self
      task.items.removeAll { !kept.contains($0.index) }
      return task
    }
  }
}
