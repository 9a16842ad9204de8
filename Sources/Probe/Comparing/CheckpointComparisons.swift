public import Core
import OrderedCollections
import Statistics

/// The comparisons of checkpoints with the first of them, task by task and metric by metric.
public struct CheckpointComparisons: Sendable {
  /// The comparisons: for each other checkpoint its groups and tasks.
  public let comparisons: [TaskComparison]
  /// What a reader should know: what could not be compared, and why.
  public let notes: [String]

  /// Compares checkpoints with the first.
  ///
  /// - Parameters:
  ///   - base: The checkpoint that is compared with.
  ///   - others: The checkpoints that are compared.
  ///   - ignoringPrompts: Whether items are the same whatever their prompts.
  ///   - workGroup: The threads that draw; the result does not depend on them.
  /// - Throws: `InputError` if a checkpoint shares no item with the base.
  public init(
    _ base: SampleSet, with others: [SampleSet], ignoringPrompts: Bool = false,
    workGroup: WorkGroup
  ) throws {
    var comparisons: [TaskComparison] = []
    var notes: [String] = []
    let names = Self.names([base] + others)
    for (other, name) in zip(others, names.dropFirst()) {
      var one = SetComparison(
        base, other, names: (names[0], name), ignoringPrompts: ignoringPrompts,
        workGroup: workGroup)
      try one.compare()
      comparisons += one.comparisons
      notes += one.notes
    }
    self.comparisons = Self.corrected(comparisons)
    self.notes = notes
  }

  /// The names of checkpoints, or where they were read if that is what tells them apart.
  private static func names(_ sets: [SampleSet]) -> [String] {
    let names = sets.map(\.name)
    return Set(names).count == names.count ? names : sets.map(\.path)
  }

  /// Corrects p-values for how many comparisons there are.
  ///
  /// A family holds the main metric of what was asked for at the top (groups, and tasks of no group)
  /// of all checkpoints; what is below groups is another, and each further metric has its own two.
  private static func corrected(_ comparisons: [TaskComparison]) -> [TaskComparison] {
    var corrected = comparisons
    let families = Dictionary(
      grouping: comparisons.indices.filter { comparisons[$0].pValue != nil }
    ) { index in
      let comparison = comparisons[index]
      let metric = comparison.isMain ? "" : "\(comparison.metric),\(comparison.filter)"
      return "\(comparison.isMember) \(metric)"
    }
    for members in families.values {
      let pValues = members.compactMap { comparisons[$0].pValue }
      let holm = holmAdjusted(pValues)
      let falseDiscovery = benjaminiHochbergAdjusted(pValues)
      for (place, index) in members.enumerated() {
        corrected[index].adjustedPValue = holm[place]
        corrected[index].qValue = falseDiscovery[place]
        corrected[index].familySize = members.count
      }
    }
    return corrected
  }
}

/// The comparison of one checkpoint with the base.
private struct SetComparison {
  private let base: SampleSet
  private let other: SampleSet
  private let names: (base: String, other: String)
  private let ignoringPrompts: Bool
  private let workGroup: WorkGroup
  private(set) var comparisons: [TaskComparison] = []
  private(set) var notes: [String] = []
  /// The items of each task and filter that both have.
  private var joined: OrderedDictionary<String, PairedSamples> = [:]

  init(
    _ base: SampleSet, _ other: SampleSet, names: (base: String, other: String),
    ignoringPrompts: Bool, workGroup: WorkGroup
  ) {
    self.base = base
    self.other = other
    self.names = names
    self.ignoringPrompts = ignoringPrompts
    self.workGroup = workGroup
  }

  mutating func compare() throws {
    try join()
    for group in base.groups { compare(group) }
    for samples in base.tasks { compare(samples) }
  }

  // MARK: Joining

  private mutating func join() throws {
    var otherPrompts = 0
    var hasCommonTask = false
    for samples in base.tasks {
      guard let theirs = other.samples(of: samples.task, filter: samples.filter) else {
        note(samples, "is only in \(names.base)")
        continue
      }
      hasCommonTask = true
      let paired = PairedSamples(
        samples.samples, theirs.samples, ignoringPrompts: ignoringPrompts)
      otherPrompts += paired.otherPromptCount
      tell(paired, of: samples)
      if !paired.pairs.isEmpty { joined[Self.key(samples.task, samples.filter)] = paired }
    }
    for samples in other.tasks
    where base.samples(of: samples.task, filter: samples.filter) == nil {
      note(samples, "is only in \(names.other)")
    }
    guard joined.isEmpty else { return }
    guard hasCommonTask else {
      throw InputError(path: other.path, "shares no task with \(base.path)")
    }
    throw InputError(
      path: other.path,
      otherPrompts > 0
        ? "no prompt is that of \(base.path): \(otherPrompts) items have another prompt"
        : "shares no item with \(base.path)",
      hint: otherPrompts > 0
        ? "other examples, templates or descriptions change prompts; '--ignore-prompts' compares "
          + "them all the same" : nil)
  }

  private mutating func tell(_ paired: PairedSamples, of samples: TaskSamples) {
    if paired.otherPromptCount > 0 {
      note(samples, "\(paired.otherPromptCount) items have another prompt and are left out")
    }
    if paired.onlyInBaseCount > paired.otherPromptCount {
      note(
        samples,
        "\(paired.onlyInBaseCount - paired.otherPromptCount) items are only in \(names.base)")
    }
    if paired.onlyInOtherCount > paired.otherPromptCount {
      note(
        samples,
        "\(paired.onlyInOtherCount - paired.otherPromptCount) items are only in \(names.other)")
    }
  }

  private mutating func note(_ samples: TaskSamples, _ text: String) {
    let filter = samples.filter == "none" ? "" : " (\(samples.filter))"
    notes.append("\(samples.task)\(filter): \(text)")
  }

  private static func key(_ task: String, _ filter: String) -> String { "\(task)\n\(filter)" }

  // MARK: Tasks

  private mutating func compare(_ samples: TaskSamples) {
    guard let paired = joined[Self.key(samples.task, samples.filter)],
      let theirs = other.samples(of: samples.task, filter: samples.filter)
    else { return }
    let isFirst = base.tasks.first { $0.task == samples.task }?.filter == samples.filter
    let isMember = base.groups.contains { $0.tasks.contains(samples.task) }
    for (place, metric) in samples.metrics.enumerated() {
      guard theirs.metrics.indices.contains(place), theirs.metrics[place].name == metric.name
      else {
        note(samples, "metric '\(metric.name)' is only in \(names.base)")
        continue
      }
      var comparison = blank(
        samples.task, samples.alias, metric, filter: samples.filter,
        unjoined: [paired.onlyInBaseCount, paired.onlyInOtherCount])
      comparison.isMember = isMember
      comparison.isMain = isFirst && place == samples.mainPlace
      Self.addAnswers(&comparison, paired.pairs)
      guard
        let filled = metric.aggregation.flatMap({
          MetricPairs(paired.pairs, place: place, $0)
        })?.fill(comparison, workGroup: workGroup)
      else {
        note(samples, "metric '\(metric.name)' has no value for each item and is not compared")
        continue
      }
      comparisons.append(filled)
    }
  }

  private func blank(
    _ task: String, _ alias: String, _ metric: SampleMetric, filter: String, unjoined: [Int]
  ) -> TaskComparison {
    TaskComparison(
      base: names.base, other: names.other, task: task, alias: alias, isGroup: false,
      isMember: false, metric: metric.name, filter: filter, isMain: true,
      isHigherBetter: metric.isHigherBetter, count: 0, unjoinedCounts: unjoined, baseValue: 0,
      otherValue: 0)
  }

  private static func addAnswers(
    _ comparison: inout TaskComparison, _ pairs: [PairedSamples.Pair]
  ) {
    let answers = pairs.compactMap { pair -> Bool? in
      guard let own = pair.base.answer, let theirs = pair.other.answer else { return nil }
      return own == theirs
    }
    if answers.count == pairs.count {
      comparison.agreement = Double(answers.count { $0 }) / Double(answers.count)
    }
    comparison.forwardDivergence = divergence(pairs) { ($0.base, $0.other) }
    comparison.reverseDivergence = divergence(pairs) { ($0.other, $0.base) }
  }

  private static func divergence(
    _ pairs: [PairedSamples.Pair], _ order: (PairedSamples.Pair) -> (Sample, Sample)
  ) -> Double? {
    let values = pairs.compactMap { pair -> Double? in
      let (first, second) = order(pair)
      guard let own = first.logLikelihoods, let theirs = second.logLikelihoods else { return nil }
      return ChoiceDivergence.nats(own, theirs)
    }
    return values.count == pairs.count ? mean(values) : nil
  }

  // MARK: Groups

  private mutating func compare(_ group: SampleGroup) {
    let isMember = base.groups.contains { outer in
      outer.name != group.name && outer.tasks.count > group.tasks.count
        && Set(outer.tasks).isSuperset(of: group.tasks)
    }
    let orders = group.tasks.compactMap { task in base.tasks.first { $0.task == task } }
    var isMain = true
    let ranked = group.values.map { (rank: Self.rank($0.key, orders), key: $0.key, $0.value) }
    for (_, key, value) in ranked.sorted(by: { ($0.rank, $0.key) < ($1.rank, $1.key) }) {
      let parts = key.split(separator: ",", maxSplits: 1).map(String.init)
      guard parts.count == 2, let found = members(of: group, metric: parts[0], filter: parts[1]),
        let weighted = Self.isWeighted(found.values, sizes: found.sizes, value: value),
        let pairs = MetricPairs(group: found.pairs, isWeightedBySize: weighted)
      else {
        notes.append("\(group.name): '\(key)' is not compared: it is no mean of its tasks' items")
        continue
      }
      var comparison = blank(
        group.name, group.alias, found.metric, filter: parts[1], unjoined: found.unjoined)
      (comparison.isGroup, comparison.isMember, comparison.isMain) = (true, isMember, isMain)
      Self.addAnswers(&comparison, found.items)
      if let filled = pairs.fill(comparison, workGroup: workGroup) { comparisons.append(filled) }
      isMain = false
    }
  }

  /// The place of a metric in the first task that has it, the main one's before all others.
  private static func rank(_ key: String, _ tasks: [TaskSamples]) -> Int {
    let name = String(key.prefix { $0 != "," })
    for task in tasks {
      guard let place = task.metrics.firstIndex(where: { $0.name == name }) else { continue }
      return place == task.mainPlace ? -1 : place
    }
    return .max
  }

  /// What the tasks of a group give to one of its metrics.
  private struct Members {
    var metric: SampleMetric
    var pairs: [MetricPairs] = []
    var items: [PairedSamples.Pair] = []
    var unjoined = [0, 0]
    /// The base's value of each task over all its items, and how many these are.
    var values: [Double] = []
    var sizes: [Double] = []
  }

  private func members(of group: SampleGroup, metric: String, filter: String) -> Members? {
    var members: Members?
    for task in group.tasks {
      guard let samples = base.samples(of: task, filter: filter),
        let place = samples.metrics.firstIndex(where: { $0.name == metric })
      else { continue }
      // A task that the group counts and that cannot be compared leaves the group without a value.
      guard let paired = joined[Self.key(task, filter)],
        samples.metrics[place].aggregation == .mean,
        let theirs = other.samples(of: task, filter: filter), theirs.metrics.count > place,
        theirs.metrics[place].name == metric,
        let pairs = MetricPairs(paired.pairs, place: place, .mean)
      else { return nil }
      let scores = samples.samples.compactMap { sample -> Double? in
        guard case .number(let score) = sample.scores[place] else { return nil }
        return score
      }
      guard scores.count == samples.samples.count, let value = mean(scores) else { return nil }
      var found = members ?? Members(metric: samples.metrics[place])
      found.pairs.append(pairs)
      found.items += paired.pairs
      found.unjoined[0] += paired.onlyInBaseCount
      found.unjoined[1] += paired.onlyInOtherCount
      found.values.append(value)
      found.sizes.append(Double(scores.count))
      members = found
    }
    return members
  }

  /// Whether a group's value is that of its tasks by their sizes, or each the same; `nil` for
  /// neither.
  ///
  /// Results do not say which.
  private static func isWeighted(_ values: [Double], sizes: [Double], value: Double) -> Bool? {
    let weighted =
      zip(values, sizes).reduce(0) { $0 + $1.0 * $1.1 } / sizes.reduce(0, +)
    let plain = values.reduce(0, +) / Double(values.count)
    if abs(weighted - value) < 1e-9 { return true }
    return abs(plain - value) < 1e-9 ? false : nil
  }
}
