import Core
import Formats
import TestSupport
import Testing

@testable import Inference

/// Whole texts, texts to go on with and pairs that are encoded by themselves, against
/// lm-evaluation-harness.
struct RequestGoldenTests {
  private static func document() throws -> JSONValue { try Golden.document("requests.json") }

  private static let models = ["llama", "bloom", "t5"]

  /// What the harness answered for a model, and the model.
  private static func golden(
    _ name: String, _ options: ScoringOptions
  ) throws -> (answers: JSONValue, model: LanguageModel) {
    let answers = try #require(
      document()["models"]?.array?.first { $0["checkpoint"]?.string?.contains(name) == true })
    let path = Fixtures.path(try #require(answers["checkpoint"]?.string))
    return (
      answers,
      try LanguageModel(
        Checkpoint(path: path), options: options, workGroup: WorkGroup(threadCount: 2))
    )
  }

  private static func requests(of texts: JSONValue?) throws -> [TextRequest] {
    try #require(texts?.array).map { TextRequest(rolling: try #require($0.string)) }
  }

  private static func pairs(_ pairs: JSONValue?) throws -> [TextRequest] {
    try #require(pairs?.array).map { pair in
      TextRequest(
        context: try #require(pair.array?.first?.string),
        continuation: try #require(pair.array?.last?.string))
    }
  }

  private static func generations() throws -> [GenerationRequest] {
    try #require(document()["generations"]?.array).map { request in
      GenerationRequest(
        context: try #require(request["context"]?.string),
        stops: try #require(request["until"]?.array).compactMap(\.string),
        maximumTokenCount: try #require(request["count"]?.int))
    }
  }

  @Test(arguments: models)
  func `whole texts are as likely as the harness finds them`(name: String) throws {
    let (golden, model) = try Self.golden(name, ScoringOptions(numerics: .f32))
    #expect(model.contextLength == golden["context_length"]?.int)
    let expected = try #require(golden["rolling"]?.numbers)
    let requests = try Self.requests(of: try Self.document()["texts"])
    let answers = try model.logLikelihoods(of: requests)
    #expect(answers.count == expected.count && expected.count == 6)
    for (answer, value) in zip(answers, expected) {
      #expect(abs(answer.value - value) < 1e-3 * max(1, abs(value) / 1000), "\(value)")
      #expect(answer.droppedTokenCount == 0)
    }
    #expect(answers[0] == LogLikelihood(value: 0, isGreedy: true, tokenCount: 0))
    #expect(answers[4].tokenCount > model.contextLength)
    #expect(try model.logLikelihoods(of: [requests[4]]) == [answers[4]])
  }

  @Test(arguments: models)
  func `pairs are as likely as where each part is encoded by itself`(name: String) throws {
    let (golden, model) = try Self.golden(
      name, ScoringOptions(numerics: .f32, encoding: .separate))
    let answers = try model.logLikelihoods(of: Self.pairs(try Self.document()["pairs"]))
    let expected = try #require(golden["separate"]?.array)
    #expect(answers.count == expected.count && expected.count == 8)
    for (answer, value) in zip(answers, expected) {
      #expect(abs(answer.value - (try #require(value.array?.first?.double))) < 1e-3)
      #expect(answer.isGreedy == value.array?.last?.bool)
    }
  }

  @Test(arguments: models)
  func `texts go on as the harness's do`(name: String) throws {
    let (golden, model) = try Self.golden(name, ScoringOptions(numerics: .f32))
    let requests = try Self.generations()
    var delivered: [Int: GeneratedText] = [:]
    let answers = try model.generate(
      requests,
      deliver: { told in
        for (request, answer) in told {
          #expect(delivered.updateValue(answer, forKey: request) == nil)
        }
      })
    #expect(answers.map { $0?.text } == golden["generated"]?.array?.map(\.string))
    #expect(answers.indices.allSatisfy { answers[$0] == delivered[$0] })
    #expect(answers.contains { ($0?.droppedTokenCount ?? 0) > 0 })
    for (request, answer) in zip(requests, answers) {
      #expect(try model.generate([request]) == [answer])
    }
  }

  @Test func `texts go on as the model's own generation_config says`() throws {
    let cases = try #require(Self.document()["configured"]?.array)
    #expect(cases.count == 6)
    for golden in cases {
      let model = try Self.configured(golden, try #require(golden["config"]))
      #expect(
        try model.generate(Self.generations()).map { $0?.text }
          == golden["generated"]?.array?.map(\.string), "\(golden["checkpoint"] ?? .null)")
    }
  }

  @Test func `what a generation_config asks for and is not supported is named`() throws {
    let golden = try #require(Self.document()["configured"]?.array?.first)
    for (config, place) in [
      (["num_beams": 4] as JSONValue, "key 'num_beams'"),
      (["repetition_penalty": 0.0], "key 'repetition_penalty'"),
      (["no_repeat_ngram_size": 3], "key 'no_repeat_ngram_size'"),
    ] {
      let model = try Self.configured(golden, config)
      let request = GenerationRequest(context: "a", stops: [], maximumTokenCount: 1)
      let error = #expect(throws: InputError.self) { try model.generate([request]) }
      #expect(error?.place == place)
      // Only texts depend on it.
      #expect(
        try model.logLikelihoods(of: [TextRequest(context: "a", continuation: " b")]).count == 1)
    }
  }

  /// A fixture model with another `generation_config.json`.
  private static func configured(_ golden: JSONValue, _ config: JSONValue) throws -> LanguageModel {
    let source = Fixtures.path(try #require(golden["checkpoint"]?.string))
    let folder = try TemporaryFolder()
    for name in ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"] {
      try folder.write(name, MappedFile.contents(ofFile: "\(source)/\(name)"))
    }
    try folder.write("generation_config.json", config.serialized())
    return try LanguageModel(
      Checkpoint(path: folder.path), options: ScoringOptions(numerics: .f32),
      workGroup: WorkGroup(threadCount: 2))
  }

  @Test func `no text is begun when the time is up`() throws {
    let (_, model) = try Self.golden("bloom", ScoringOptions())
    let answers = try model.generate(Self.generations(), until: .now)
    #expect(answers.allSatisfy { $0 == nil })
  }

  @Test func `a text that cannot be gone on with is named`() throws {
    let (_, model) = try Self.golden("bloom", ScoringOptions())
    for (request, message) in [
      (
        GenerationRequest(context: "", stops: [], maximumTokenCount: 1), "the context has no tokens"
      ),
      (
        GenerationRequest(context: "a", stops: [], maximumTokenCount: 512),
        "512 new tokens leave no room for a context in the model's 512"
      ),
    ] {
      let fine = GenerationRequest(context: "b", stops: [], maximumTokenCount: 1)
      #expect(throws: RequestError(index: 1, message)) { try model.generate([fine, request]) }
    }
  }

  @Test func `windows and separate parts have the harness's tokens`() throws {
    for golden in try #require(Self.document()["encodings"]?.array) {
      let encoder = try Self.encoder(golden)
      let texts = try Self.requests(of: golden["texts"])
      let windows = try #require(golden["windows"]?.array)
      #expect(texts.count == windows.count && windows.count == 4)
      for (text, expected) in zip(texts, windows) {
        let found = try encoder.sequences(text, index: 0)
        #expect(try found == expected.array?.map { try Self.sequence($0, encoder) })
      }
      var separate = encoder
      separate.encoding = .separate
      separate.contextLength = 1024
      let pairs = try Self.pairs(golden["pairs"])
      let expected = try #require(golden["separate"]?.array)
      #expect(pairs.count == expected.count && expected.count == 7)
      for (pair, ids) in zip(pairs, expected) {
        #expect(
          try separate.sequences(pair, index: 0) == [Self.sequence(ids, separate)], "\(pair)")
      }
    }
  }

  @Test func `a whole text has no separate encoding for an encoder`() throws {
    let golden = try #require(
      Self.document()["encodings"]?.array?.first { $0["backend"]?.string == "seq2seq" })
    var encoder = try Self.encoder(golden)
    encoder.encoding = .separate
    let error = #expect(throws: RequestError.self) {
      try encoder.sequences(TextRequest(rolling: "The sea"), index: 3)
    }
    #expect(error?.index == 3)
    #expect(error?.message.contains("encoder-decoder") == true)
  }

  /// A tokenizer of the golden files with the special tokens that its model names.
  private static func encoder(_ golden: JSONValue) throws -> RequestEncoder {
    let name = try #require(golden["tokenizer"]?.string)
    let folder = try TemporaryFolder()
    let file = try MappedFile.contents(
      ofFile: Fixtures.path("golden/tokenizers/\(name).json"))
    try folder.write("tokenizer.json", String(decoding: file, as: UTF8.self))
    try folder.write(
      "tokenizer_config.json", try #require(golden["config"]).serialized())
    return RequestEncoder(
      tokenizer: try Tokenizer(path: folder.path("tokenizer.json")),
      contextLength: try #require(golden["context_length"]?.int),
      startTokenID: golden["backend"]?.string == "seq2seq" ? 0 : nil)
  }

  /// A context and its continuation as a model is fed them.
  private static func sequence(
    _ ids: JSONValue, _ encoder: RequestEncoder
  ) throws -> RequestEncoder.Encoded {
    let context = try #require(ids.array?.first).integers
    let continuation = try #require(ids.array?.last).integers
    return .init(
      fed: encoder.startTokenID.map {
        .init(context: context, input: [$0] + continuation.dropLast())
      } ?? .init(input: context + continuation.dropLast()), continuation: continuation)
  }
}
