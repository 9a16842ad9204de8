import Core
import Foundation
import Inference
import Synchronization
import TestSupport
import Testing

@testable import Probe

/// Answers and items that a ledger keeps.
@Suite struct ResultLedgerTests {
  private static let identity = ModelIdentity(
    checkpoint: "c0ffee", tokenizer: "70", numerics: "f32 (scalar)", contextLength: 512,
    encoding: .joint, settings: "s")

  private static func folder() throws -> TestSupport.TemporaryFolder {
    try TestSupport.TemporaryFolder()
  }

  private static let requests: [ItemRequest] = [
    .text(TextRequest(context: "The", continuation: " sea")),
    .text(TextRequest(context: "The s", continuation: "ea")),
    .text(TextRequest(context: "", continuation: "The sea")),
    .text(TextRequest(rolling: "The sea")),
    .generation(GenerationRequest(context: "The", stops: ["\n", ""], maximumTokenCount: 4)),
    .generation(GenerationRequest(context: "The", stops: ["", "\n"], maximumTokenCount: 4)),
    .generation(GenerationRequest(context: "The", stops: ["\n", ""], maximumTokenCount: 5)),
  ]

  private static let answers: [ItemAnswer] = [
    .logLikelihood(LogLikelihood(value: -0.1 - 1e-17, isGreedy: true, tokenCount: 1)),
    .logLikelihood(LogLikelihood(value: -0.0, isGreedy: false, tokenCount: 2)),
    .logLikelihood(
      LogLikelihood(
        value: -.leastNonzeroMagnitude, isGreedy: false, tokenCount: 3, droppedTokenCount: 1 << 40)),
    .logLikelihood(LogLikelihood(value: -1.7976931348623157e308, isGreedy: true, tokenCount: 0)),
    .text(GeneratedText(text: "", tokenCount: 0)),
    .text(GeneratedText(text: " a\u{0}b\n\u{1F469}\u{200D} e\u{301}", tokenCount: 4)),
    .text(GeneratedText(text: "sea", tokenCount: 5, droppedTokenCount: 7)),
  ]

  /// The bits of an answer, since 0.0 and -0.0 are equal.
  private static func bits(_ answer: ItemAnswer?) -> UInt64? {
    guard case .logLikelihood(let value) = answer else { return nil }
    return value.value.bitPattern
  }

  @Test func `answers come back with the same bits, each to its own request`() throws {
    let folder = try Self.folder()
    let ledger = try ResultLedger(path: folder.path("a.sqlite"))
    let model = LedgerModel(ledger, Self.identity, path: "base")
    #expect(try model.answers(to: Self.requests).allSatisfy { $0 == nil })
    try model.keep(Array(zip(Self.requests, Self.answers).dropLast()))
    let again = LedgerModel(
      try ResultLedger(path: folder.path("a.sqlite")), Self.identity, path: "elsewhere")
    let found = try again.answers(to: Self.requests.reversed()).reversed() as [ItemAnswer?]
    #expect(found == Self.answers.dropLast() + [nil])
    #expect(found.map(Self.bits) == (Self.answers.dropLast() + [nil]).map(Self.bits))
  }

  @Test func `another model has no part in the answers`() throws {
    let folder = try Self.folder()
    let ledger = try ResultLedger(path: folder.path("a.sqlite"))
    try LedgerModel(ledger, Self.identity, path: "a").keep([(Self.requests[0], Self.answers[0])])
    let changes: [(inout ModelIdentity) -> Void] = [
      { $0.checkpoint = "beef" }, { $0.tokenizer = "71" }, { $0.numerics = "bf16 (scalar)" },
      { $0.contextLength = 1024 }, { $0.encoding = .separate }, { $0.settings = "t" },
      { $0.engineRevision += 1 },
    ]
    for change in changes {
      var other = Self.identity
      change(&other)
      let model = LedgerModel(ledger, other, path: "a")
      #expect(try model.answers(to: [Self.requests[0]]) == [nil])
      try model.keep([(Self.requests[0], Self.answers[1])])
    }
    #expect(try ledger.summaries().count == 1 + changes.count)
    let own = LedgerModel(ledger, Self.identity, path: "a")
    #expect(try own.answers(to: [Self.requests[0]]) == [Self.answers[0]])
  }

  @Test func `the first answer stays, and what is not finite is not kept`() throws {
    let folder = try Self.folder()
    let model = LedgerModel(
      try ResultLedger(path: folder.path("a.sqlite")), Self.identity, path: "a")
    try model.keep([(Self.requests[0], Self.answers[0])])
    let infinite = LogLikelihood(value: -.infinity, isGreedy: false, tokenCount: 1)
    let unknown = LogLikelihood(value: .nan, isGreedy: false, tokenCount: 1)
    try model.keep([
      (Self.requests[0], Self.answers[1]), (Self.requests[1], .logLikelihood(infinite)),
      (Self.requests[2], .logLikelihood(unknown)), (Self.requests[3], Self.answers[3]),
    ])
    #expect(
      try model.answers(to: Array(Self.requests.prefix(4)))
        == [Self.answers[0], nil, nil, Self.answers[3]])
  }

  @Test func `several writers make one ledger and fill it`() throws {
    let folder = try Self.folder()
    let path = folder.path("a.sqlite")
    let errors = Mutex<[String]>([])
    let requests = (0..<400).map {
      ItemRequest.text(TextRequest(context: "\($0)", continuation: " sea"))
    }
    @Sendable func answer(_ index: Int) -> ItemAnswer {
      .logLikelihood(
        LogLikelihood(value: -Double(index) / 3, isGreedy: false, tokenCount: 1))
    }
    WorkGroup(threadCount: 4).perform(4) { writer in
      do {
        let model = LedgerModel(try ResultLedger(path: path), Self.identity, path: "a")
        for first in stride(from: 10 * writer, to: requests.count, by: 20) {
          try model.keep(
            (first..<min(first + 20, requests.count)).map { (requests[$0], answer($0)) })
        }
      } catch {
        errors.withLock { $0.append("\(error)") }
      }
    }
    #expect(errors.withLock(\.self) == [])
    let ledger = try ResultLedger(path: path)
    let model = LedgerModel(ledger, Self.identity, path: "a")
    #expect(try model.answers(to: requests) == requests.indices.map(answer))
    #expect(try ledger.summaries().map(\.answerCount) == [400])
  }

  // MARK: - Errors

  @Test func `a file that is no ledger is refused`() throws {
    let folder = try Self.folder()
    let text = try folder.write("text", String(repeating: "no database at all\n", count: 100))
    Self.expect("is not a ledger", text)
    #expect(try String(contentsOfFile: text, encoding: .utf8).hasPrefix("no database"))
    Self.expect("is a folder", try folder.makeFolder("inner"))
    Self.expect("there is no folder", folder.path("missing/a.sqlite"))
    Self.expect("no such ledger", folder.path("missing.sqlite"), mustExist: true)
    #expect(!FileManager.default.fileExists(atPath: folder.path("missing.sqlite")))
  }

  @Test func `a database of another program or of a later version is refused`() throws {
    let folder = try Self.folder()
    // The header's application and version, big endian.
    for (offset, message) in [
      (68, "is a database, but not a ledger of Lethe"),
      (60, "is a ledger of version 16777217, and this Lethe knows versions up to 1"),
    ] {
      let path = folder.path("\(offset).sqlite")
      try Self.makeLedger(path)
      var bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
      bytes[offset] ^= 1
      try Data(bytes).write(to: URL(filePath: path))
      Self.expect(message, path)
      #expect(try [UInt8](Data(contentsOf: URL(filePath: path))) == bytes)
    }
  }

  @Test func `a damaged ledger is an error, not a crash`() throws {
    let folder = try Self.folder()
    let path = folder.path("a.sqlite")
    try Self.makeLedger(path)
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
    var random = SystemRandomNumberGenerator()
    for _ in 0..<60 {
      var damaged = bytes
      let start = Int.random(in: 100..<bytes.count, using: &random)
      for index in start..<min(start + 200, bytes.count) {
        damaged[index] = UInt8.random(in: 0...255, using: &random)
      }
      try Data(damaged).write(to: URL(filePath: path))
      do {
        let model = LedgerModel(try ResultLedger(path: path), Self.identity, path: "a")
        _ = try model.answers(to: Self.requests)
        try model.keep(Array(zip(Self.requests, Self.answers)))
      } catch {
        let known = try #require(error as? InputError, "\(error)")
        #expect(known.path == path)
      }
      for name in ["a.sqlite-wal", "a.sqlite-shm"] {
        try? FileManager.default.removeItem(atPath: folder.path(name))
      }
    }
  }

  /// A ledger with some answers, closed.
  private static func makeLedger(_ path: String) throws {
    let model = LedgerModel(try ResultLedger(path: path), identity, path: "a")
    try model.keep(Array(zip(requests, answers)))
  }

  private static func expect(_ message: String, _ path: String, mustExist: Bool = false) {
    let error = #expect(throws: InputError.self) {
      try ResultLedger(path: path, mustExist: mustExist)
    }
    #expect(error?.path == path)
    #expect(error?.message.hasPrefix(message) == true, "\(String(describing: error))")
  }
}
