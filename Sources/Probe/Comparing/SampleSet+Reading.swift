import Core
import Foundation
import OrderedCollections

extension SampleSet {
  /// Reads the results of one checkpoint that Lethe or lm-eval wrote.
  ///
  /// - Parameter path: A file of results or of samples, or a folder that holds them; of several
  ///   runs in a folder, each task's latest is taken.
  /// - Throws: `InputError` with the file and row that cannot be read.
  public init(path: String) throws {
    let files = try SampleFiles(path)
    let results = try files.results.map { try ResultsDocument(path: $0) }
    var tasks: [TaskSamples] = []
    for file in files.samples {
      let document = results.first { $0.taskName(of: file.task) != nil }
      tasks += try SampleReader(file, document).read()
    }
    // In the order of the run, as far as results tell it.
    let order = results.flatMap(\.names)
    let places = Dictionary(zip(order, order.indices)) { first, _ in first }
    let ranked = tasks.enumerated().sorted { left, right in
      (places[left.element.task] ?? .max, left.offset)
        < (places[right.element.task] ?? .max, right.offset)
    }
    var groups: OrderedDictionary<String, SampleGroup> = [:]
    for document in results {
      for group in document.groups where groups[group.name] == nil { groups[group.name] = group }
    }
    self.init(
      path: path, name: results.first?.modelName ?? path, tasks: ranked.map(\.element),
      groups: Array(groups.values))
  }
}

/// A document of results, for what samples do not say themselves.
struct ResultsDocument {
  private let document: JSONValue

  /// Reads a file of results.
  init(path: String) throws {
    let bytes = try MappedFile.contents(ofFile: path)
    do {
      document = try JSONValue(parsing: bytes)
    } catch {
      throw InputError(path: path, "\(error)")
    }
    guard document["results"]?.object != nil else {
      throw InputError(
        path: path, place: "key 'results'", "is missing; this is no document of results")
    }
  }

  /// Takes a document that is in memory.
  init(_ document: JSONValue) { self.document = document }

  /// The model's name.
  var modelName: String? {
    document["model_name"]?.string ?? document["config"]?["model_args"]?["pretrained"]?.string
  }

  /// The names of all that has scores, in their order.
  var names: [String] { Array((document["results"]?.object ?? [:]).keys) }

  /// The task whose samples a file is named after; signs other than letters and digits may be lines
  /// in its name.
  func taskName(of name: String) -> String? {
    let tasks = document["results"]?.object?.keys
    return tasks?.first { $0 == name } ?? tasks?.first { Self.sanitized($0) == name }
  }

  private static func sanitized(_ name: String) -> String {
    String(name.map { $0.isLetter || $0.isNumber || $0 == "_" ? $0 : "_" })
  }

  /// The name under which a task is shown.
  func alias(of task: String) -> String? { document["results"]?[task]?["alias"]?.string }

  /// The kind of a task's requests, such as `multiple_choice`.
  func outputType(of task: String) -> String? { document["configs"]?[task]?["output_type"]?.string }

  /// A metric of a task.
  func metric(_ name: String, of task: String) -> SampleMetric {
    let entry = document["configs"]?[task]?["metric_list"]?.array?.first {
      $0["metric"]?.string == name
    }
    return SampleMetric(
      name: name,
      aggregation: .named(entry?["aggregation"]?.string, metric: name),
      isHigherBetter: document["higher_is_better"]?[task]?[name]?.bool
        ?? entry?["higher_is_better"]?.bool ?? SampleMetric.isUsuallyHigherBetter(name))
  }

  /// The groups that have scores.
  var groups: [SampleGroup] {
    (document["groups"]?.object ?? [:]).compactMap { name, scores in
      let values = (scores.object ?? [:]).filter { $0.key.contains(",") && $0.value.double != nil }
        .filter { !$0.key.contains("_stderr,") }
      var tasks: OrderedSet<String> = []
      collect(name, into: &tasks, depth: 0)
      guard !values.isEmpty, !tasks.isEmpty else { return nil }
      return SampleGroup(
        name: name, alias: scores["alias"]?.string ?? name, tasks: Array(tasks),
        values: values.reduce(into: [:]) { $0[$1.key] = $1.value.double })
    }
  }

  private func collect(_ group: String, into tasks: inout OrderedSet<String>, depth: Int) {
    // Groups do not hold themselves; a file that says so must not hang.
    guard depth < 32 else { return }
    for member in (document["group_subtasks"]?[group]?.array ?? []).compactMap(\.string) {
      let members = document["group_subtasks"]?[member]?.array ?? []
      if members.isEmpty {
        tasks.append(member)
      } else {
        collect(member, into: &tasks, depth: depth + 1)
      }
    }
  }
}

extension SampleMetric {
  /// Whether more of a metric is better, where no results say so.
  static func isUsuallyHigherBetter(_ name: String) -> Bool {
    !["perplexity", "bits_per_byte", "ter", "brier_score", "loss", "likelihood_diff", "stereotype"]
      .contains { name.contains($0) }
  }
}
