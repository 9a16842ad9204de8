import Testing

@testable import Core

@Suite struct ConditionTests {
  private static let levels: Set = ["tensor", "layer", "component", "model"]

  private func parse(_ text: String) throws(InputError) -> Condition {
    try Condition(parsing: text, levels: Self.levels)
  }

  private func comparison(
    _ keys: [String], _ relation: Condition.Relation, _ limit: Double, level: String? = nil,
    name: String? = nil
  ) -> Condition {
    .comparison(
      Condition.Comparison(
        subject: Condition.Subject(level: level, name: name, keys: keys), relation: relation,
        limit: limit))
  }

  @Test func subjectsMayNameALevelAndAPart() throws {
    #expect(try parse("relative_l2 > 0.1") == comparison(["relative_l2"], .greater, 0.1))
    #expect(
      try parse("layer.cosine<=-1e-3") == comparison(["cosine"], .atMost, -1e-3, level: "layer"))
    #expect(
      try parse("tensor[blk.*.attn_q.weight].quantiles.abs_delta.p99 != 2")
        == comparison(
          ["quantiles", "abs_delta", "p99"], .different, 2, level: "tensor",
          name: "blk.*.attn_q.weight"))
    // A level's word alone, or a key that begins like one, is a key.
    #expect(try parse("layer > 1") == comparison(["layer"], .greater, 1))
    #expect(try parse("layers.x == 1") == comparison(["layers", "x"], .equal, 1))
  }

  @Test func anyWordMayBeALevel() throws {
    func parse(_ text: String) throws(InputError) -> Condition {
      try Condition(parsing: text, levels: nil)
    }
    #expect(try parse("mmlu.n > 1") == comparison(["n"], .greater, 1, level: "mmlu"))
    #expect(try parse("n > 1") == comparison(["n"], .greater, 1))
    #expect(
      try parse("\"a-b.c d\"[acc].n > 1")
        == comparison(["n"], .greater, 1, level: "a-b.c d", name: "acc"))
    for text in ["\"a.n > 1", "\"\".n > 1", "\"a\" > 1"] {
      #expect(throws: InputError.self) { try parse(text) }
    }
    // Where levels are known, quotes are none.
    #expect(throws: InputError.self) { try self.parse("\"layer\".n > 1") }
  }

  @Test func andBindsCloserThanOr() throws {
    let a = comparison(["a"], .greater, 1)
    let b = comparison(["b"], .less, 2)
    let c = comparison(["c"], .atLeast, 3)
    #expect(try parse("a > 1 or b < 2 and c >= 3") == .or(a, .and(b, c)))
    #expect(try parse("(a > 1 or b < 2)and c >= 3") == .and(.or(a, b), c))
    #expect(try parse("a>1 and b<2 and c>=3") == .and(.and(a, b), c))
    #expect(try parse("a>1 and b<2 and c>=3").subjects.map(\.description) == ["a", "b", "c"])
  }

  @Test(arguments: [
    ("", "character 1 is the end, expected a metric"),
    ("> 1", "character 1 is '>', expected a metric"),
    ("a", "character 2 is the end, expected one of '>', '>=', '<', '<=', '==', '!='"),
    ("a => 1", "character 3 is '=>', expected one of '>', '>=', '<', '<=', '==', '!='"),
    ("a > many", "character 5 is 'many', expected a number"),
    ("a > nan", "character 5 is 'nan', expected a number"),
    ("a > 1 xor b > 2", "character 7 is 'xor', expected 'and', 'or' or the end"),
    ("a > 1 and", "character 10 is the end, expected a metric"),
    ("(a > 1", "character 7 is the end, expected ')'"),
    ("a > 1)", "character 6 is ')', expected 'and', 'or' or the end"),
    ("layer[3] > 1", "character 9 is the end, expected '.' and a metric"),
    ("layer[3 > 1", "character 6 is '[3', expected a name and ']' behind '['"),
    ("layer[].a > 1", "character 7 is '].a', expected a name"),
    (
      "row[3].a > 1",
      "character 4 is '[3].a', expected one of component, layer, model, tensor before '['"
    ),
    ("a..b > 1", "character 3 is '.b', expected a metric"),
  ])
  func mistakesAreNamed(text: String, message: String) {
    #expect(throws: InputError(place: "condition '\(text)'", message)) { try parse(text) }
  }

  @Test func deepParenthesesAreRefused() {
    let text = String(repeating: "(", count: 65)
    #expect(throws: InputError.self) { try parse(text + "a > 1" + text) }
    let deepest = String(repeating: "(", count: 64) + "a > 1" + String(repeating: ")", count: 64)
    #expect(throws: Never.self) { try parse(deepest) }
  }

  @Test func aMissingNumberDecidesNothing() throws {
    func outcome(_ text: String) throws -> Condition.Outcome {
      try parse(text).outcome { comparison in
        switch comparison.subject.keys[0] {
        case "yes": .met(["yes"])
        case "no": .unmet
        default: .undecided("none")
        }
      }
    }
    #expect(try outcome("yes > 0 and no > 0") == .unmet)
    #expect(try outcome("yes > 0 or no > 0") == .met(["yes"]))
    #expect(try outcome("yes > 0 and yes > 0") == .met(["yes", "yes"]))
    #expect(try outcome("none > 0 or yes > 0") == .met(["yes"]))
    #expect(try outcome("none > 0 or no > 0") == .undecided("none"))
    #expect(try outcome("yes > 0 and none > 0") == .undecided("none"))
    #expect(try outcome("none > 0 and no > 0") == .unmet)
  }

  @Test func relationsHoldAtTheirLimit() {
    let holding = Condition.Relation.allCases.filter { $0.holds(1, 1) }
    #expect(holding == [.atLeast, .atMost, .equal])
    #expect(
      Condition.Relation.allCases.filter { $0.holds(2, 1) } == [.greater, .atLeast, .different])
  }
}
