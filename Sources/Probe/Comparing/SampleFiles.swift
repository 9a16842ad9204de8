import Core
import Foundation
import OrderedCollections

/// The files of one checkpoint's results, as lm-eval and Lethe name them: `results_TIME.json` and one
/// `samples_TASK_TIME.jsonl` for each task.
struct SampleFiles {
  /// One file of samples.
  struct Samples: Equatable {
    var path: String
    /// The task's name as the file has it, where signs other than letters and digits may be lines.
    var task: String
    /// The time in the file's name, where later ones are greater; empty for none.
    var time: String
  }

  /// The files of results, the latest first.
  let results: [String]
  /// For each task the latest file of samples, by task.
  let samples: [Samples]

  /// Finds the files that a user means.
  ///
  /// - Parameter path: A file of results, whose samples lie beside it; a file of samples; or a
  ///   folder, which may hold one folder of a model.
  /// - Throws: `InputError` if there are no samples, or those of several models.
  init(_ path: String) throws {
    guard let kind = Self.kind(of: path) else {
      throw InputError(path: path, "no such file or folder")
    }
    let url = URL(filePath: path)
    if kind == .folder {
      self = try Self.inFolder(path)
    } else if url.pathExtension == "jsonl" {
      let sample = Self.samples(at: path)
      let folder = url.deletingLastPathComponent().path(percentEncoded: false)
      let results = Self.files(in: folder).results.filter { Self.time(of: $0) == sample.time }
      self.init(results: results, samples: [sample])
    } else {
      let folder = url.deletingLastPathComponent().path(percentEncoded: false)
      let time = Self.time(of: path)
      let samples = Self.files(in: folder).samples.filter { $0.time == time }
      self.init(results: [path], samples: samples)
      guard !samples.isEmpty else { throw Self.noSamples(path) }
    }
  }

  private init(results: [String], samples: [Samples]) {
    self.results = results
    self.samples = samples
  }

  private static func inFolder(_ path: String) throws -> SampleFiles {
    var folders = [path]
    var found: [(folder: String, files: SampleFiles)] = []
    // The folder itself, those in it, and those in these: '--output-path' holds one for each model.
    for _ in 0..<3 {
      let filled = folders.map { ($0, files(in: $0)) }.filter { !$0.1.samples.isEmpty }
      found += filled.map { (folder: $0.0, files: $0.1) }
      guard found.isEmpty else { break }
      folders = folders.flatMap(subfolders)
    }
    guard found.count <= 1 else {
      let names = found.map { "'\($0.folder)'" }.joined(separator: ", ")
      throw InputError(
        path: path, "holds the samples of \(found.count) models: \(names)",
        hint: "name one of these folders")
    }
    guard let files = found.first?.files else { throw noSamples(path) }
    return files.keepingLatest()
  }

  private static func noSamples(_ path: String) -> InputError {
    InputError(
      path: path, "there is no file 'samples_*.jsonl'",
      hint: "lm-eval writes them with '--log_samples', lethe probe with '--output-path'")
  }

  private func keepingLatest() -> SampleFiles {
    let latest = Dictionary(grouping: samples, by: \.task).values.compactMap { files in
      files.max { $0.time < $1.time }
    }
    return SampleFiles(
      results: results.sorted { Self.time(of: $0) > Self.time(of: $1) },
      samples: latest.sorted { $0.task < $1.task })
  }

  private static func subfolders(of path: String) -> [String] {
    names(in: path).map { "\(path)/\($0)" }.filter { kind(of: $0) == .folder }
  }

  /// What lies at a path, or where its link leads.
  private static func kind(of path: String) -> FileKind? {
    FileKind(URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false))
  }

  private static func files(in folder: String) -> SampleFiles {
    let names = names(in: folder)
    let prefix = folder.isEmpty ? "" : folder.hasSuffix("/") ? folder : "\(folder)/"
    return SampleFiles(
      results: names.filter { $0.hasPrefix("results") && $0.hasSuffix(".json") }
        .map { prefix + $0 },
      samples: names.filter { $0.hasPrefix("samples_") && $0.hasSuffix(".jsonl") }
        .map { samples(at: prefix + $0) })
  }

  private static func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)) ?? [])
      .sorted()
  }

  private static func samples(at path: String) -> Samples {
    let time = time(of: path)
    let stem = stem(of: path)
    let name = stem.hasPrefix("samples_") ? stem.dropFirst("samples_".count) : stem[...]
    let task = time.isEmpty ? name : name.dropLast(time.count + 1)
    return Samples(path: path, task: String(task), time: time)
  }

  /// The time at the end of a file's name, such as `2026-11-21T05-44-30.146142`; empty for none.
  private static func time(of path: String) -> String {
    let stem = stem(of: path)
    guard let line = stem.lastIndex(of: "_") else { return "" }
    let time = stem[stem.index(after: line)...]
    let isTime =
      time.count >= 19 && time.contains("T")
      && time.allSatisfy { $0.isNumber || "-T.:+".contains($0) }
    return isTime ? String(time) : ""
  }

  private static func stem(of path: String) -> String {
    URL(filePath: path).deletingPathExtension().lastPathComponent
  }
}
