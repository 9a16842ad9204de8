/// Where the boundary between a context and a continuation falls in tokens.
public enum RequestEncoding: String, Sendable, CaseIterable {
  /// Both are encoded together, with the tokens that the tokenizer itself puts around a text: as
  /// lm-evaluation-harness 0.4.13 does.
  case joint
  /// Each is encoded by itself, without a beginning of sequence; an encoder's continuation with the
  /// end of sequence, which is scored too: as the harness did in April 2023 (commit 44275ae).
  case separate
}
