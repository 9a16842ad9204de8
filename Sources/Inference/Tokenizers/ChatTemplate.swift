public import Core
public import Formats
import Foundation
public import OrderedCollections
import Templates

/// The template by which a model's own tokenizer writes a conversation.
///
/// It is a Jinja template in `chat_template.jinja`, in `tokenizer_config.json`, or in a GGUF file's
/// `tokenizer.chat_template`, and is rendered as transformers renders it.
///
/// ```swift
/// let template = try ChatTemplate(checkpoint)
/// try template?.render([["role": "user", "content": "Hi"]], addsGenerationPrompt: true)
/// ```
public struct ChatTemplate: Sendable {
  private static let specialKeys = [
    "bos_token", "eos_token", "unk_token", "pad_token", "sep_token", "cls_token", "mask_token",
  ]

  /// The template's text.
  public let source: String

  private let template: Template
  private let specialTokens: OrderedDictionary<String, JSONValue>

  /// Reads the template of a checkpoint; `nil` where it has none.
  ///
  /// - Parameter checkpoint: The checkpoint.
  /// - Throws: `InputError` for a file that cannot be read, or a template that asks for what is not
  ///   supported.
  public init?(_ checkpoint: Checkpoint) throws {
    let folder = URL(filePath: checkpoint.shards.first?.path ?? checkpoint.path)
      .deletingLastPathComponent()
    func path(_ name: String) -> String {
      folder.appending(path: name).path(percentEncoded: false)
    }
    var specialTokens: OrderedDictionary<String, JSONValue> = [:]
    var found: (text: String, path: String)?
    if let text = checkpoint.metadata["tokenizer.chat_template"]?.string {
      found = (text, checkpoint.path)
      specialTokens = try Self.specialTokens(inGGUF: checkpoint)
    } else {
      let config = try Self.document(path("tokenizer_config.json"))
      if let text = Self.template(config["chat_template"] ?? .null) {
        found = (text, path("tokenizer_config.json"))
      }
      if let text = try Self.text(path("chat_template.jinja")) {
        found = (text, path("chat_template.jinja"))
      }
      for key in Self.specialKeys {
        let value = config[key]
        if let text = value?.string ?? value?["content"]?.string {
          specialTokens[key] = .string(text)
        }
      }
    }
    guard let found else { return nil }
    try self.init(found.text, specialTokens: specialTokens, path: found.path)
  }

  /// Reads a template.
  ///
  /// - Parameters:
  ///   - text: The template.
  ///   - specialTokens: The texts of special tokens by their keys, such as `bos_token`.
  ///   - path: The file that it comes from, for errors.
  /// - Throws: `InputError` for a template that asks for what is not supported.
  public init(
    _ text: String, specialTokens: OrderedDictionary<String, JSONValue> = [:], path: String? = nil
  ) throws {
    source = text
    self.specialTokens = specialTokens
    do {
      template = try Template(text, dialect: .chat)
    } catch var error as InputError {
      error.path = path
      throw error
    }
  }

  /// A conversation as the model was trained to read it.
  ///
  /// - Parameters:
  ///   - messages: The messages: objects with `role`, `content` and what else the template names.
  ///   - addsGenerationPrompt: Whether the text goes on to where the model's answer begins.
  ///   - context: What else the template may name, such as `tools` or `enable_thinking`.
  /// - Returns: The text. It holds the special tokens, so it is encoded without adding any.
  /// - Throws: `InputError` for messages that the template refuses or does not fit.
  public func render(
    _ messages: [JSONValue], addsGenerationPrompt: Bool,
    context: OrderedDictionary<String, JSONValue> = [:]
  ) throws -> String {
    var fields = specialTokens
    fields["tools"] = .null
    fields["documents"] = .null
    fields.merge(context) { _, given in given }
    fields["messages"] = .array(messages)
    fields["add_generation_prompt"] = .bool(addsGenerationPrompt)
    return try template.render(fields)
  }

  /// A configuration's template: one, or the default of several that have names.
  private static func template(_ value: JSONValue) -> String? {
    value.string ?? value.array?.first { $0["name"] == "default" }?["template"]?.string
  }

  private static func specialTokens(
    inGGUF checkpoint: Checkpoint
  ) throws -> OrderedDictionary<String, JSONValue> {
    let names = [
      "bos_token": "bos", "eos_token": "eos", "unk_token": "unknown", "pad_token": "padding",
    ]
    var result: OrderedDictionary<String, JSONValue> = [:]
    guard let tokens = try checkpoint.metadataArray("tokenizer.ggml.tokens")?.byteStrings() else {
      return result
    }
    for (key, name) in names.sorted(by: { $0.key < $1.key }) {
      guard let id = checkpoint.metadata["tokenizer.ggml.\(name)_token_id"]?.int,
        tokens.indices.contains(id)
      else { continue }
      result[key] = .string(String(decoding: tokens[id], as: UTF8.self))
    }
    return result
  }

  private static func text(_ path: String) throws -> String? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    return String(decoding: try MappedFile.contents(ofFile: path), as: UTF8.self)
  }

  private static func document(_ path: String) throws -> JSONValue {
    guard FileManager.default.fileExists(atPath: path) else { return .null }
    do {
      return try JSONValue(parsing: MappedFile.contents(ofFile: path))
    } catch let error as JSONError {
      throw InputError(path: path, "not JSON: \(error)")
    }
  }
}

extension ChatTemplate: Equatable {
  /// Whether two templates write every conversation the same way.
  public static func == (left: ChatTemplate, right: ChatTemplate) -> Bool {
    left.source == right.source && left.specialTokens == right.specialTokens
  }
}
