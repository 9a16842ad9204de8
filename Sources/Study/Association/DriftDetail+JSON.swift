import Core

extension MovedTokens {
  var json: JSONValue {
    ["tensor": .string(tensor), "tokens": .array(tokens.map(\.json))]
  }
}

extension MovedTokens.Token {
  var json: JSONValue {
    [
      "id": .integer(id),
      "text": .optional(text),
      "l2_delta": .number(l2),
      "relative_l2": .optional(relativeL2),
      "cosine": .optional(cosine),
    ]
  }
}
