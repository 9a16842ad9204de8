import Core
import TestSupport
import Testing

@testable import Inference

/// Token ids against those of Hugging Face `tokenizers` (golden file).
struct TokenizerGoldenTests {
  @Test func `ids and tokens equal those of the tokenizers package`() throws {
    let cases = try #require(Golden.document("tokenizer.json")["cases"]?.array)
    #expect(!cases.isEmpty)
    for entry in cases {
      let name = try #require(entry["tokenizer"]?.string)
      let tokenizer = try Tokenizer(path: Fixtures.path(name))
      let items = try #require(entry["items"]?.array)
      #expect(items.count >= 150)
      for item in items {
        let text = try #require(item["text"]?.string)
        let ids = tokenizer.encode(text)
        #expect(ids == item["ids"]?.integers, "\(text.debugDescription)")
        #expect(
          ids.map { tokenizer.token($0) } == item["tokens"]?.array?.map(\.string),
          "\(text.debugDescription)")
      }
    }
  }
}
