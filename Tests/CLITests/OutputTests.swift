import Core
import Foundation
import TestSupport
import Testing

/// Where results go, and what happens where they cannot go there.
struct OutputTests {
  private static let base = "fixtures/series/llama/base"
  private static let tuned = "fixtures/series/llama/stage-1-simplification"
  private static let norm = "blk.0.attn_norm.weight"

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func text(_ path: String) throws -> String {
    try String(contentsOfFile: path, encoding: .utf8)
  }

  private func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  @Test(arguments: ["json", "npy", "f32"]) func aFileHoldsWhatIsPrinted(encoding: String) throws {
    let path = folder.path("out")
    let written = try LetheProcess.run(
      "dump", Self.base, Self.norm, "--as", encoding, "--output", path)
    #expect(written.status == 0)
    #expect(written.output.isEmpty)
    #expect(try names() == ["out"])
    let size = try Data(contentsOf: URL(filePath: path)).count
    if encoding == "json" {
      let printed = try LetheProcess.run("dump", Self.base, Self.norm)
      #expect(try text(path) == printed.output)
      let values = try #require(JSONValue(parsing: printed.output)["values"]?.array)
      #expect(values.count > 0)
    } else {
      #expect(size % 4 == 0 && size > 0)
    }
  }

  @Test func aLinkStaysAndItsFileIsReplaced() throws {
    let target = try folder.write("target", "old")
    let link = folder.path("link")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "target")
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: target)
    let outcome = try LetheProcess.run(
      "tokenize", Self.base, "The sea", "--format", "csv", "--output", link)
    #expect(outcome.status == 0)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "target")
    #expect(try text(target).hasPrefix("text_index,position,id,token\n"))
    let attributes = try FileManager.default.attributesOfItem(atPath: target)
    #expect(attributes[.posixPermissions] as? Int == 0o640)
    #expect(try names() == ["link", "target"])
  }

  @Test func whatFailsLeavesTheOldFile() throws {
    let path = try folder.write("out", "old")
    let outcome = try LetheProcess.run("dump", Self.base, "nothing.like.it", "--output", path)
    #expect(outcome.status == 2)
    #expect(try text(path) == "old")
    #expect(try names() == ["out"])
  }

  @Test func aMissingFolderIsRefusedBeforeTheWork() throws {
    let outcome = try LetheProcess.run(
      "diff", Self.base, Self.tuned, "--output", folder.path("none/out.json"))
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("no folder"))
    #expect(try names().isEmpty)
  }

  @Test func aFullDeviceIsAnError() throws {
    let named = try LetheProcess.run("diff", Self.base, Self.tuned, "--output", "/dev/full")
    #expect(named.status == 2 && !named.isSignalled)
    #expect(named.errors.hasPrefix("error: /dev/full: cannot be written: "))
    let printed = try LetheProcess.run("diff", Self.base, Self.tuned, device: "/dev/full")
    #expect(printed.status == 2 && !printed.isSignalled)
    #expect(printed.errors.hasPrefix("error: standard output: cannot be written: "))
    #expect(printed.errors.split(separator: "\n").count == 1)
    let dumped = try LetheProcess.run("dump", Self.base, Self.norm, device: "/dev/full")
    #expect(dumped.status == 2 && !dumped.isSignalled)
  }

  @Test func aDeviceIsWrittenToAndStays() throws {
    #expect(try LetheProcess.run("inspect", Self.base, "--output", "/dev/null").status == 0)
    let type = try FileManager.default.attributesOfItem(atPath: "/dev/null")[.type]
    #expect(type as? FileAttributeType == .typeCharacterSpecial)
  }
}

/// Requests as people's editors write them.
struct InputTests {
  private static let base = "fixtures/series/llama/base"

  private func score(_ lines: String) throws -> LetheProcess.Outcome {
    let folder = try TemporaryFolder()
    let path = try folder.write("requests.jsonl", lines)
    return try LetheProcess.run("score", Self.base, "--requests", path)
  }

  private static let request = #"{"context": "The", "continuation": " sea"}"#

  @Test func lineEndsAndBlankLinesDoNotMatter() throws {
    let plain = try score("\(Self.request)\n\(Self.request)\n")
    #expect(plain.status == 0)
    #expect(plain.output.split(separator: "\n").count == 2)
    let windows = try score("\r\n\(Self.request)\r\n  \r\n\n\(Self.request)\r\n")
    #expect(windows.status == 0)
    #expect(windows.output == plain.output)
    #expect(try score("\(Self.request)\n\(Self.request)").output == plain.output)
  }

  @Test func rowsAreThoseOfTheFile() throws {
    let outcome = try score("\r\n\(Self.request)\r\n\r\n{\"context\": 1}\r\n")
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("requests.jsonl: row 4: has no text 'context'"))
    let broken = try score("\n\n{\r\n")
    #expect(broken.errors.contains("requests.jsonl: row 3: not JSON"))
  }

  @Test func whatCannotBeReadIsNamed() throws {
    let missing = try LetheProcess.run("score", Self.base, "--requests", "/nowhere.jsonl")
    #expect(missing.status == 2)
    #expect(missing.errors.hasPrefix("error: /nowhere.jsonl: cannot be read: "))
    let folder = try TemporaryFolder()
    let path = try folder.write("x.jsonl", Array("{}\n".utf8) + [0xff, 0x0a])
    let outcome = try LetheProcess.run("score", Self.base, "--requests", path)
    #expect(outcome.status == 2)
    #expect(outcome.errors == "error: \(path): row 2: is not UTF-8\n")
  }

  @Test func aMistypedTensorIsGuessed() throws {
    let outcome = try LetheProcess.run("dump", Self.base, "token_embd.weigt")
    #expect(outcome.status == 2)
    #expect(outcome.errors.hasSuffix("hint: did you mean 'token_embd.weight'?\n"))
  }

  @Test func aFilterThatMatchesNothingIsAnError() throws {
    let outcome = try LetheProcess.run("inspect", Self.base, "--filter", "zzz")
    #expect(outcome.status == 2)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors == "error: \(Self.base): no tensor matches the filter\n")
    let both = try LetheProcess.run("inspect", Self.base, Self.base, "--filter", "zzz")
    #expect(both.status == 2)
    #expect(both.errors == "error: no tensor matches the filter\n")
    #expect(try LetheProcess.run("inspect", Self.base, "--filter", "*norm*").status == 0)
  }
}
