import Core
import Formats
import TestSupport
import Testing

@testable import Inference

/// Every architecture against transformers in f32, on models with random weights (golden files).
struct GoldenModelTests {
  /// The largest difference allowed for a logit: f32 sums in another order stay far below it.
  private static let tolerance = 1e-3

  @Test func `there is a model of every family`() { #expect(GoldenModel.all.count >= 45) }

  @Test(arguments: GoldenModel.all)
  func `logits equal those of transformers`(_ model: GoldenModel) throws {
    let prompts = try GoldenModel.prompts
    #expect(prompts.columns.count >= 9)
    let (difference, rowCount) = try prompts.compare(
      model.network(), #require(model.expected["prompts"]?.array))
    #expect(rowCount >= 100)
    #expect(difference <= Self.tolerance)
  }

  @Test(arguments: GoldenModel.all)
  func `log-likelihoods of continuations equal those of transformers`(_ model: GoldenModel) throws {
    let network = try model.network()
    let hasEncoder = network.architecture.encoder != nil
    let ids = try GoldenModel.prompts.ids
    var pass = ForwardPass(network)
    let splits = try #require(model.expected["log_likelihoods"]?.array)
    #expect(splits.count == 6)
    for split in splits {
      let prompt = try ids[#require(split[0]?.int)]
      let count = try #require(split[1]?.int)
      let continuation = Array(prompt.suffix(count))
      let context = Array(prompt.dropLast(count))
      let start = network.architecture.startTokenID
      let tokens = (hasEncoder ? [start] : context) + continuation
      var sum = 0.0
      try pass.run(context: hasEncoder ? context : [], tokens, scoredCount: count + 1) {
        place, logits in
        guard place < tokens.count - 1 else { return }
        sum += Double(logits[tokens[place + 1]]) - logits.logSumExp
      }
      #expect(try abs(sum - #require(split[2]?.double)) <= 1e-2)
    }
  }

  @Test(arguments: GoldenModel.all)
  func `greedy text equals that of transformers`(_ model: GoldenModel) throws {
    let network = try model.network()
    let decoder = GreedyDecoder(network: network, contextLength: network.lastLength)
    let texts = try #require(model.expected["greedy"]?.array)
    #expect(texts.count > 0)
    for text in texts {
      let prompt = try GoldenModel.prompts.ids[#require(text[0]?.int)]
      let tokens = try #require(text[1]).integers
      let made = try decoder.generate(from: prompt, maximumCount: tokens.count)
      #expect(made == Generation(tokens: tokens, end: .count))
    }
  }

  @Test(arguments: GoldenModel.all)
  func `rows have the same bits fed at once and token by token`(_ model: GoldenModel) throws {
    let network = try model.network()
    let (context, tokens) = try GoldenModel.prompts.input(network, 18)
    let whole = try network.logitBits(context: context, tokens)
    #expect(whole.count == tokens.count)
    let single = [Int](repeating: 1, count: tokens.count)
    #expect(try network.logitBits(context: context, tokens, pieces: single) == whole)
    let pieces = [7, 1, tokens.count - 9, 1]
    #expect(try network.logitBits(context: context, tokens, pieces: pieces) == whole)
  }

  @Test(arguments: GoldenModel.all)
  func `every kernel set gives the same bits`(_ model: GoldenModel) throws {
    let network = try model.network(threads: 2)
    let (context, tokens) = try GoldenModel.prompts.input(network, 17)
    let scalar = try network.logitBits(context: context, tokens, kernels: Kernels.available[0])
    for kernels in Kernels.available.dropFirst() {
      #expect(try network.logitBits(context: context, tokens, kernels: kernels) == scalar)
    }
  }

  @Test func `text that outgrows a base that grows with it is run anew`() throws {
    let network = try GoldenModel(name: "llama-dynamic").network()
    let ids = try GoldenModel.prompts.ids
    let prompt = Array(try #require(ids.first { $0.count >= 28 }).prefix(28))
    let made = try GreedyDecoder(network: network, contextLength: 64)
      .generate(from: prompt, maximumCount: 12)
    var text = prompt
    for token in made.tokens {
      var pass = ForwardPass(network)
      try pass.run(text, scoredCount: 1) { _, logits in #expect(logits.largestToken == token) }
      text.append(token)
    }
    #expect(text.count == 40)
  }
}

extension Network {
  /// The longest text that can be made: that of learned positions, where there are any.
  fileprivate var lastLength: Int { architecture.embedding.positionCount ?? .max }
}
