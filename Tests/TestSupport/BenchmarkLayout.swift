import Core
import Foundation
import OrderedCollections

/// Puts the public benchmarks of the test data into the layout of a data folder, as
/// `fixtures/train/benchmark_layout.py` does for lm-eval.
public struct BenchmarkLayout {
  private let folder: TemporaryFolder
  /// How many rows from the end of a split stand for a training split that is not there.
  private static let shotCount = 100

  /// Whether the test data is there.
  public static var isAvailable: Bool { TestData.has("benchmarks/mmlu_test.jsonl.zst") }

  /// Fills a folder.
  public static func fill(_ folder: TemporaryFolder) throws {
    try BenchmarkLayout(folder: folder).fill()
  }

  private func fill() throws {
    for split in ["dev", "test", "validation"] { try writeSubjects(split) }
    try write("aps/super_glue/boolq/validation", lines("boolq_validation").enumerated().map(boolq))
    try write("Rowan/hellaswag/validation", lines("hellaswag_validation").map(hellaSwag))
    try write("baber/piqa/validation", lines("piqa_validation"))
    try write("allenai/winogrande/winogrande_xl/validation", lines("winogrande_xl_validation"))
    try write("regisss/math_qa/validation", lines("mathqa_validation"))
    try write("regisss/math_qa/test", lines("mathqa_test"), isTraining: false)
    try write(
      "jannalu/crows_pairs_multilingual/english/test", lines("crows_pairs_test"), isTraining: false)
    try write(
      "EleutherAI/lambada_openai/default/test", lines("lambada_openai_test"), isTraining: false)
    try write("tau/commonsense_qa/validation", lines("commonsense_qa_validation"))
    try write("openai/gsm8k/main/test", lines("gsm8k_test"))
    try write(
      "EleutherAI/wikitext_document_level/wikitext-2-raw-v1/test",
      pages(String(decoding: unpacked("text/wikitext2_raw_test.txt.zst"), as: UTF8.self)))
  }

  private func unpacked(_ name: String) throws -> [UInt8] {
    let path = TestData.path(name)
    return try Decompressor(.zst, path: path).unpack(MappedFile.contents(ofFile: path))
  }

  private func lines(_ name: String) throws -> [String] {
    try unpacked("benchmarks/\(name).jsonl.zst").split(separator: UInt8(ascii: "\n"))
      .map { String(decoding: $0, as: UTF8.self) }
  }

  private func write(_ place: String, _ lines: [String], isTraining: Bool = true) throws {
    let url = URL(filePath: folder.path("\(place).jsonl"))
    let parent = url.deletingLastPathComponent()
    try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
    try Data(lines.map { "\($0)\n" }.joined().utf8).write(to: url)
    guard isTraining else { return }
    let shots = lines.suffix(Self.shotCount).map { "\($0)\n" }.joined()
    try Data(shots.utf8).write(to: parent.appending(path: "train.jsonl"))
  }

  private func writeSubjects(_ split: String) throws {
    let rows = try Dictionary(grouping: lines("mmlu_\(split)")) { line in
      try JSONValue(parsing: line)["subject"]?.string ?? ""
    }
    for (subject, lines) in rows {
      try write("cais/mmlu/\(subject)/\(split)", lines, isTraining: false)
    }
  }

  private func boolq(_ index: Int, _ line: String) throws -> String {
    let row = try JSONValue(parsing: line)
    let fields: JSONValue = .object([
      "question": row["question"] ?? .null, "passage": row["passage"] ?? .null,
      "idx": .integer(index), "label": .integer(row["answer"]?.bool == true ? 1 : 0),
    ])
    return fields.serialized()
  }

  /// The context as the hub has it, in two fields; cut before its last sentence.
  private func hellaSwag(_ line: String) throws -> String {
    let row = try JSONValue(parsing: line)
    let context = row["ctx"]?.string ?? ""
    let cut = context.range(of: ". ", options: [.backwards, .literal])
    let fields: JSONValue = .object([
      "activity_label": row["activity_label"] ?? .null,
      "ctx_a": .string(cut.map { "\(context[..<$0.lowerBound])." } ?? context),
      "ctx_b": .string(cut.map { String(context[$0.upperBound...]) } ?? ""),
      "endings": row["endings"] ?? .null, "label": row["label"] ?? .null,
    ])
    return fields.serialized()
  }

  /// The pages of wikitext: each starts with a title between single signs of equality.
  private func pages(_ text: String) -> [String] {
    var pages: [[Substring]] = [[]]
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let bare = line.replacing("= = =", with: "===").replacing("= =", with: "==")
        .trimmingCharacters(in: .whitespaces)
      if bare.hasPrefix("= "), bare.hasSuffix(" =") { pages.append([]) }
      pages[pages.count - 1].append(line)
    }
    return pages.map { $0.joined(separator: "\n") }
      .filter { !$0.allSatisfy(\.isWhitespace) }
      .map { JSONValue.object(["page": .string($0)]).serialized() }
  }
}
