/// How a byte-level tokenizer in a GGUF file cuts text, by the name in `tokenizer.ggml.pre`.
struct GGUFWords {
  /// The expressions that text is cut by, one after the other.
  var expressions: [String]
  /// Whether a word that is a token is taken whole.
  var ignoresMerges = false
  /// Whether a beginning of sequence is put before a text unless the file says otherwise.
  var addsBegin = false
  /// Whether text is brought into the normal form NFC first, as the model's own tokenizer does.
  var composes = false

  /// The way that a name stands for; `nil` for a name that is not known.
  init?(named name: String) {
    switch name {
    case "default":
      self.init(expressions: [
        #"[\p{P}\$\+<=>\^~\|]+"#, SplitExpressions.gpt2, #"\p{N}+"#, "[0-9][0-9][0-9]",
      ])
    case "llama3", "llama-v3", "llama-bpe", "falcon3":
      self.init(expressions: [SplitExpressions.llama3], ignoresMerges: true, addsBegin: true)
    case "dbrx", "smaug-bpe", "chatglm-bpe": self.init(expressions: [SplitExpressions.llama3])
    case "deepseek-llm":
      self.init(expressions: [
        SplitExpressions.lineEnds, SplitExpressions.deepSeekLetters,
        SplitExpressions.deepSeekPunctuation, #"\s+$"#, SplitExpressions.ideographs, #"\p{N}+"#,
      ])
    case "deepseek-coder":
      self.init(expressions: [
        SplitExpressions.lineEnds, #"\s?\p{L}+"#, #"\s?\p{P}+"#, SplitExpressions.ideographs,
        #"\p{N}"#,
      ])
    case "deepseek-v3":
      self.init(expressions: [
        #"\p{N}{1,3}"#, SplitExpressions.deepSeekIdeographs, SplitExpressions.deepSeekWords,
      ])
    case "falcon":
      self.init(expressions: [
        #"[\p{P}\$\+<=>\^~\|`]+"#, SplitExpressions.gpt2, "[0-9][0-9][0-9]",
      ])
    case "starcoder", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b":
      self.init(expressions: [#"\p{N}"#, SplitExpressions.gpt2])
    case "gpt-2", "phi-2", "roberta-bpe", "jina-es", "jina-de", "jina-v1-en", "jina-v2-es",
      "jina-v2-de", "jina-v2-code", "mpt", "olmo", "jais", "exaone4", "gigachat":
      self.init(expressions: [SplitExpressions.gpt2])
    case "qwen2", "deepseek-r1-qwen", "megrez":
      self.init(expressions: [SplitExpressions.qwen2], composes: true)
    case "stablelm2": self.init(expressions: [SplitExpressions.qwen2])
    case "bloom", "gpt3-finnish", "poro-chat": self.init(expressions: [SplitExpressions.bloom])
    case "viking": self.init(expressions: [SplitExpressions.bloom, #"\p{N}"#])
    case "tekken":
      self.init(expressions: [SplitExpressions.tekken], ignoresMerges: true, addsBegin: true)
    case "gpt-4o", "llama4": self.init(expressions: [SplitExpressions.o200k])
    case "chameleon":
      self.init(
        expressions: [
          "<sentinel:[0-9]+>", "(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z", "([\\t\\n]|    |  )",
          #"\p{N}"#, #"[\p{P}!-/:-@\[-`{-~]"#, SplitExpressions.gpt2,
        ], addsBegin: true)
    default: return nil
    }
  }

  private init(
    expressions: [String], ignoresMerges: Bool = false, addsBegin: Bool = false,
    composes: Bool = false
  ) {
    self.expressions = expressions
    self.ignoresMerges = ignoresMerges
    self.addsBegin = addsBegin
    self.composes = composes
  }
}
