import Core
import Formats
import TestSupport
import Testing

@testable import Inference

/// Scoring with the trained base: boundaries, and the same bits whatever is computed beside.
struct LanguageModelTests {
  private static func model(threads: Int) throws -> LanguageModel {
    try LanguageModel(
      Checkpoint(path: Fixtures.path("series/llama/base")),
      workGroup: WorkGroup(threadCount: threads))
  }

  private static let requests: [TextRequest] = [
    TextRequest(context: "Question: What is it?\nAnswer:", continuation: " a lamp"),
    TextRequest(context: "Question: What is it?\nAnswer:", continuation: " a"),
    TextRequest(context: "Question: What is it?\nAnswer:", continuation: " the"),
    TextRequest(context: "", continuation: "The sea is calm."),
    TextRequest(context: String(repeating: "word after word ", count: 60), continuation: "ends"),
    TextRequest(context: "x ", continuation: " y"),
  ]

  @Test func `results have the same bits for any thread count`() throws {
    let one = try Self.model(threads: 1).logLikelihoods(of: Self.requests)
    for threads in [2, 3] {
      #expect(try Self.model(threads: threads).logLikelihoods(of: Self.requests) == one)
    }
  }

  @Test func `results have the same bits for one request alone and in any company`() throws {
    let model = try Self.model(threads: 2)
    let together = try model.logLikelihoods(of: Self.requests)
    for (request, expected) in zip(Self.requests, together) {
      #expect(try model.logLikelihoods(of: [request]) == [expected])
    }
    let reversed = try model.logLikelihoods(of: Self.requests.reversed())
    #expect(Array(reversed.reversed()) == together)
  }

  @Test func `every kernel set gives the same bits`() throws {
    let model = try Self.model(threads: 1)
    let tokens = model.tokenizer.encode("Question: What is the trade of the old miller?")
    let sums = try Kernels.available.map { kernels in
      var pass = ForwardPass(model.network.computing(with: kernels))
      var bits: [UInt64] = []
      try pass.run(tokens, scoredCount: tokens.count) { bits.append($1.logSumExp.bitPattern) }
      return bits
    }
    #expect(sums[0].count == tokens.count)
    for other in sums { #expect(other == sums[0]) }
  }

  @Test func `a log-likelihood is the sum over the continuation's tokens`() throws {
    let model = try Self.model(threads: 1)
    let whole = try model.logLikelihoods(of: [
      TextRequest(context: "The", continuation: " sea is"),
      TextRequest(context: "The", continuation: " sea"),
      TextRequest(context: "The sea", continuation: " is"),
    ])
    #expect(whole[0].tokenCount == whole[1].tokenCount + whole[2].tokenCount)
    #expect(abs(whole[0].value - whole[1].value - whole[2].value) < 1e-5)
    #expect(whole.allSatisfy { $0.value < 0 })
  }

  @Test func `progress ends at the number of positions`() throws {
    let model = try Self.model(threads: 1)
    nonisolated(unsafe) var last: WorkProgress?
    let scored = try model.score(Self.requests) { last = $0 }
    #expect(last?.completed == scored.work.computedPositionCount)
    #expect(last?.total == scored.work.computedPositionCount)
    #expect(scored.work.sharedPositionCount < scored.work.naivePositionCount)
  }

  @Test func `white space at the end of the context moves to the continuation`() throws {
    let encoder = try RequestEncoder(
      tokenizer: Self.model(threads: 1).tokenizer, contextLength: 1024)
    let moved = try encoder.encode(TextRequest(context: "a \n", continuation: "b"), index: 0)
    let plain = try encoder.encode(TextRequest(context: "a", continuation: " \nb"), index: 0)
    #expect(moved == plain)
  }

  @Test func `an empty context becomes the prefix token, once`() throws {
    let tokenizer = try Self.model(threads: 1).tokenizer
    let encoder = RequestEncoder(tokenizer: tokenizer, contextLength: 1024)
    let prefix = try #require(tokenizer.prefixTokenID)
    let ids = tokenizer.encode("The sea")
    let encoded = try encoder.encode(TextRequest(context: "", continuation: "The sea"), index: 0)
    #expect(encoded == .init(fed: .init(input: [prefix] + ids.dropLast()), continuation: ids))
    let spelled = try #require(tokenizer.token(prefix))
    let twice = try encoder.encode(
      TextRequest(context: "", continuation: "\(spelled)The sea"), index: 0)
    #expect(twice == encoded)
  }

  @Test func `a context without tokens becomes the prefix token`() throws {
    let model = try Self.model(threads: 1)
    let prefix = try #require(model.tokenizer.prefixTokenID)
    let encoder = RequestEncoder(tokenizer: model.tokenizer, contextLength: 1024)
    let encoded = try encoder.encode(TextRequest(context: " ", continuation: "sea"), index: 0)
    #expect(encoded.fed.input.first == prefix)
    #expect(encoded.continuation == model.tokenizer.encode(" sea"))
    let scores = try model.logLikelihoods(of: [TextRequest(context: "\n", continuation: "sea")])
    #expect(scores[0].value < 0)
  }

  @Test func `an encoder reads the context and the decoder the continuation`() throws {
    let tokenizer = try Self.model(threads: 1).tokenizer
    let encoder = RequestEncoder(tokenizer: tokenizer, contextLength: 6, startTokenID: 7)
    let context = tokenizer.encode("one two three four five")
    let continuation = tokenizer.encode(" six seven", addsSpecialTokens: false)
    #expect(context.count > 6 && continuation.count > 1)
    let encoded = try encoder.encode(
      TextRequest(context: "one two three four five ", continuation: "six seven"), index: 0)
    #expect(
      encoded
        == .init(
          fed: .init(context: Array(context.suffix(6)), input: [7] + continuation.dropLast()),
          continuation: continuation, droppedTokenCount: context.count - 6))
    let prefix = try #require(tokenizer.prefixTokenID)
    let empty = try encoder.encode(TextRequest(context: "", continuation: "six"), index: 0)
    #expect(empty.fed.context == [prefix])
    #expect(empty.fed.input.first == 7)
    #expect(empty.continuation == tokenizer.encode("six", addsSpecialTokens: false))
  }

  @Test func `text is generated token by token until it ends`() throws {
    let model = try Self.model(threads: 1)
    let prompt = model.tokenizer.encode("Question: What is the trade of the old miller?\nAnswer:")
    var seen: [Int] = []
    let made = try model.generate(from: prompt, maximumCount: 24) { seen.append($0) }
    #expect(made.tokens == seen)
    #expect(!made.tokens.isEmpty)
    var text = prompt
    for token in made.tokens {
      var pass = ForwardPass(model.network)
      try pass.run(text, scoredCount: 1) { _, logits in #expect(logits.largestToken == token) }
      text.append(token)
    }
    let stop = try #require(made.tokens.last)
    let first = try #require(made.tokens.firstIndex(of: stop))
    let ended = try GreedyDecoder(
      network: model.network, contextLength: 1024, endTokenIDs: [stop]
    ).generate(from: prompt, maximumCount: 24)
    #expect(ended == Generation(tokens: Array(made.tokens[..<first]), end: .endToken))
    let full = try GreedyDecoder(network: model.network, contextLength: prompt.count + 2)
      .generate(from: prompt, maximumCount: 24)
    #expect(full == Generation(tokens: Array(made.tokens.prefix(3)), end: .context))
  }

  @Test func `a prompt that cannot be continued is named`() throws {
    let model = try Self.model(threads: 1)
    for (prompt, message) in [
      ([], "the prompt has no tokens"),
      ([1, 1 << 40], "token 1099511627776 is none of the model's"),
      ([Int](repeating: 1, count: model.contextLength + 1), "does not fit the model's"),
    ] {
      let error = #expect(throws: RequestError.self) {
        try model.generate(from: prompt, maximumCount: 1)
      }
      #expect(error?.message.contains(message) == true)
    }
  }

  @Test func `a long context loses its start`() throws {
    let tokenizer = try Self.model(threads: 1).tokenizer
    let encoder = RequestEncoder(tokenizer: tokenizer, contextLength: 8)
    let text = "one two three four five six seven eight nine"
    let request = TextRequest(context: text, continuation: " ten")
    let encoded = try encoder.encode(request, index: 0)
    let whole = tokenizer.encode("\(text) ten")
    #expect(encoded.fed.input == Array(whole.dropLast().suffix(8)))
    #expect(encoded.droppedTokenCount == whole.count - 9)
  }

  @Test func `what cannot be scored is named`() throws {
    let encoder = try RequestEncoder(tokenizer: Self.model(threads: 1).tokenizer, contextLength: 4)
    let empty = #expect(throws: RequestError.self) {
      try encoder.encode(TextRequest(context: "a", continuation: ""), index: 3)
    }
    #expect(empty == RequestError(index: 3, "the continuation is empty"))
    let long = #expect(throws: RequestError.self) {
      try encoder.encode(
        TextRequest(context: "a", continuation: " b c d e f g h i j k"), index: 4)
    }
    #expect(long?.message.contains("does not fit the model's 4") == true)
  }
}
