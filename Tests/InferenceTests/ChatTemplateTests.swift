import Core
import Formats
import Foundation
import OrderedCollections
import TestSupport
import Testing

@testable import Inference

/// Chat templates against transformers (golden file), and where they are looked for.
struct ChatTemplateTests {
  @Test func `conversations are written as transformers writes them`() throws {
    let document = try Golden.document("chat-templates.json")
    let special = try #require(document["special_tokens"]?.object)
    let cases = try #require(document["cases"]?.array)
    #expect(cases.count >= 60)
    for entry in cases {
      let name = try #require(entry["name"]?.string)
      let template = try ChatTemplate(
        #require(entry["template"]?.string), specialTokens: special)
      let messages = try #require(entry["messages"]?.array)
      let prompt = entry["add_generation_prompt"]?.bool ?? false
      let text = try? template.render(messages, addsGenerationPrompt: prompt)
      #expect(text == entry["expected"]?.string, "\(name): \(messages)")
    }
  }

  @Test func `the time is printed as Python prints it`() throws {
    let year = Calendar.current.component(.year, from: Date())
    let template = try ChatTemplate("{{ strftime_now('%Y') }}|{{ strftime_now('%%') }}")
    #expect(try template.render([], addsGenerationPrompt: false) == "\(year)|%")
    let unknown = try ChatTemplate("{{ strftime_now('%Q') }}")
    let error = #expect(throws: InputError.self) {
      try unknown.render([], addsGenerationPrompt: false)
    }
    #expect(error?.message == "strftime_now() does not support the format '%Q'")
  }

  @Test func `a template that raises says what it says`() throws {
    let template = try ChatTemplate("{{ raise_exception('Roles must alternate!') }}")
    let error = #expect(throws: InputError.self) {
      try template.render([], addsGenerationPrompt: false)
    }
    #expect(error?.message == "the template says: Roles must alternate!")
  }

  @Test func `the template lies beside the weights, a file of its own first`() throws {
    let folder = try TemporaryFolder()
    let weights = Fixtures.path("series/llama/base/model.safetensors")
    let path = try folder.write(
      "model.safetensors", Array(try Data(contentsOf: URL(filePath: weights))))
    #expect(try ChatTemplate(Checkpoint(path: path))?.source == nil)
    try folder.write(
      "tokenizer_config.json",
      #"{"bos_token": {"content": "<b>"}, "chat_template": "{{ bos_token }}{{ messages[0].content }}"}"#
    )
    let messages: [JSONValue] = [["role": "user", "content": "hi"]]
    let first = try #require(try ChatTemplate(Checkpoint(path: path)))
    #expect(try first.render(messages, addsGenerationPrompt: true) == "<b>hi")
    try folder.write("chat_template.jinja", "{{ bos_token }}{{ add_generation_prompt }}\n")
    let second = try #require(try ChatTemplate(Checkpoint(path: path)))
    #expect(try second.render(messages, addsGenerationPrompt: true) == "<b>True")
    try folder.write("chat_template.jinja", "{% macro f() %}{% endmacro %}")
    let error = #expect(throws: InputError.self) { try ChatTemplate(Checkpoint(path: path)) }
    #expect(error?.path?.hasSuffix("chat_template.jinja") == true)
  }
}
