import Core
import Testing

@Suite struct NumberTextTests {
  @Test func fixedDecimals() {
    #expect(NumberText.fixed(0.25, decimals: 3) == "0.250")
    #expect(NumberText.fixed(-1.5, decimals: 0) == "-2")
    #expect(NumberText.fixed(1e9, decimals: 1) == "1000000000.0")
    #expect(NumberText.fixed(-0.0004, decimals: 2) == "0.00")
    #expect(NumberText.fixed(-0.006, decimals: 2) == "-0.01")
  }

  @Test(arguments: [nil, Double.nan, .infinity, -.infinity])
  func whatIsNoNumberIsADash(value: Double?) {
    #expect(NumberText.fixed(value, decimals: 2) == NumberText.missing)
    #expect(NumberText.significant(value) == NumberText.missing)
    #expect(NumberText.percent(value) == NumberText.missing)
  }

  @Test(arguments: [
    (0.0251349, 4, "0.02513"), (0, 4, "0"), (1.23456e-7, 2, "1.2e-07"), (-123.456, 4, "-123.5"),
    (0.0001, 3, "0.000100"), (0.00001, 3, "1.00e-05"), (9_999_000, 4, "9999000"),
    (9.99996, 4, "10.00"), (9_999_999, 4, "1.000e+07"),
    (12_345_678, 4, "1.235e+07"), (2.5e-308, 3, "2.50e-308"),
  ])
  func significantDigits(value: Double, digits: Int, text: String) {
    #expect(NumberText.significant(value, digits: digits) == text)
  }

  @Test func percentGroupsAndSizes() {
    #expect(NumberText.percent(0.8131) == "81.3")
    #expect(NumberText.percent(1, decimals: 0) == "100")
    #expect(NumberText.grouped(0) == "0")
    #expect(NumberText.grouped(999) == "999")
    #expect(NumberText.grouped(-1000) == "-1,000")
    #expect(NumberText.grouped(1_100_048) == "1,100,048")
    #expect(NumberText.grouped(.min) == "-9,223,372,036,854,775,808")
    #expect(NumberText.bytes(0) == "0 bytes")
    #expect(NumberText.bytes(999) == "999 bytes")
    #expect(NumberText.bytes(1500) == "1.50 kB")
    #expect(NumberText.bytes(999_600) == "1.00 MB")
    #expect(NumberText.bytes(2_200_000_000) == "2.20 GB")
  }

  @Test(arguments: [
    (0, "0.0 s"), (4.24, "4.2 s"), (10, "10 s"), (59.4, "59 s"), (200, "3 min 20 s"),
    (3599.6, "1 h 0 min"), (3700, "1 h 1 min"), (.nan, "–"),
  ])
  func durations(seconds: Double, text: String) {
    #expect(NumberText.duration(seconds: seconds) == text)
  }
}

@Suite struct TextTableTests {
  private let table = TextTable(
    title: "Sizes",
    columns: [.words("part", key: "part"), .numbers("values", key: "element_count")],
    rows: [["embedding", .count(1234)], ["head", .count(nil)]])

  @Test func aTerminalGetsColumns() {
    #expect(
      table.aligned() == """
        Sizes
        part       values
        embedding   1,234
        head            –

        """)
  }

  @Test func markdownGetsPipes() {
    #expect(
      table.markdown() == """
        ### Sizes

        | part | values |
        | --- | ---: |
        | embedding | 1,234 |
        | head | – |

        """)
  }

  @Test func csvGetsKeysAndUnroundedValues() {
    #expect(table.csv() == "part,element_count\nembedding,1234\nhead,\n")
    let third = TextTable(
      columns: [.numbers("x", key: "x"), .numbers("y", key: "y")],
      rows: [[.percent(1.0 / 3), .significant(.nan)]])
    #expect(third.csv() == "x,y\n0.3333333333333333,\n")
    #expect(third.aligned() == "   x  y\n33.3  –\n")
  }

  @Test func csvQuotesWhatWouldBreakIt() throws {
    let hard = ["a,b", "say \"x\"", "two\nlines", "cr\rlf\r\n", "plain", ""]
    let text = TextTable(
      columns: [.words("name", key: "name"), .words("other", key: "other")],
      rows: hard.map { [TextTable.Cell($0), "-"] }
    ).csv()
    #expect(text.contains("\"a,b\",-\n"))
    #expect(text.contains("\"say \"\"x\"\"\",-\n"))
    #expect(text.contains("\nplain,-\n,-\n"))
    let read = try CSVTable(parsing: Array(text.utf8), path: "x.csv")
    #expect(read.rows.map { $0.fields[0] } == hard)
  }

  @Test func controlCharactersCannotReachATerminal() {
    let names = TextTable(
      columns: [.words("name", key: "name")], rows: [["red \u{1B}[31m"], ["two\nlines"]])
    #expect(names.aligned() == "name\nred \\u{1B}[31m\ntwo\\u{A}lines\n")
  }

  @Test func pipesAndLinesCannotBreakMarkdown() {
    let names = TextTable(columns: [.words("name", key: "name")], rows: [["a|b"], ["two\nlines"]])
    #expect(names.markdown() == "| name |\n| --- |\n| a\\|b |\n| two lines |\n")
  }

  /// Combining marks take no column, as in e with an acute accent written as two scalars.
  @Test func combiningMarksTakeNoSpace() {
    let names = TextTable(
      columns: [.words("name", key: "name"), .numbers("n", key: "n")],
      rows: [["cafe\u{301}", "1"], ["caf\u{E9}", "2"], ["cafes", "3"]])
    let lines = names.aligned().split(separator: "\n")
    #expect(lines == ["name   n", "cafe\u{301}   1", "caf\u{E9}   2", "cafes  3"])
  }

  /// East Asian characters take two columns of a terminal.
  @Test func wideCharactersTakeTwoColumns() {
    let names = TextTable(
      columns: [.words("name", key: "name"), .numbers("n", key: "n")],
      rows: [["\u{6E21}\u{3057}", "1"], ["abcd", "2"]])
    #expect(
      names.aligned().split(separator: "\n")
        == ["name  n", "\u{6E21}\u{3057}  1", "abcd  2"])
  }
}

@Suite struct StringControlsTests {
  @Test func controlsAreWrittenOut() {
    #expect("plain text, é and 渡".escapingControls == "plain text, é and 渡")
    #expect("a\tb\r\n".escapingControls == "a\\u{9}b\\u{D}\\u{A}")
    #expect("\u{1B}[2J\u{0}\u{7F}\u{9B}".escapingControls == "\\u{1B}[2J\\u{0}\\u{7F}\\u{9B}")
  }

  @Test func anErrorStaysOnItsLine() {
    let error = InputError(path: "a\nb", "is\u{1B}[31m red", hint: "x\ry")
    #expect("\(error)" == "a\\u{A}b: is\\u{1B}[31m red\n  hint: x\\u{D}y")
  }
}

@Suite struct NearestNamesTests {
  @Test func theNearestComeFirst() {
    let names = ["blk.0.attn_k", "blk.0.attn_q", "blk.1.attn_q", "output", "blk.0.attn_v"]
    #expect(
      NearestNames.names(near: "blk.0.atn_q", among: names)
        == ["blk.0.attn_q", "blk.0.attn_k", "blk.0.attn_v"])
  }

  @Test func aNameIsOfferedOnceAndWhatIsFarNotAtAll() {
    #expect(NearestNames.names(near: "piqa", among: ["pica", "pica", "winogrande"]) == ["pica"])
    #expect(NearestNames.names(near: "?", among: ["winogrande"]).isEmpty)
    // Two bytes at most for a short name, a quarter of a long one.
    #expect(NearestNames.names(near: "abcd", among: ["abxyz"]).isEmpty)
    #expect(
      NearestNames.names(near: "abcdefghijkl", among: ["abcdefghixyz"]) == ["abcdefghixyz"])
  }

  @Test func theHintIsAQuestion() {
    #expect(
      NearestNames.hint(for: "acc", among: ["acc_norm", "ac", "add"])
        == "did you mean 'ac' or 'add'?")
    #expect(NearestNames.hint(for: "zzzz", among: ["acc"]) == nil)
    #expect(NearestNames.hint(offering: []) == nil)
  }
}

@Suite struct JSONOptionalTests {
  @Test func nothingIsNull() {
    #expect(JSONValue(1.5 as Double?) == .number(1.5))
    #expect(JSONValue(2 as Int?) == .integer(2))
    #expect(JSONValue("x" as String?) == .string("x"))
    #expect(JSONValue(false as Bool?) == .bool(false))
    #expect(JSONValue(nil as Double?) == .null)
    #expect(JSONValue(nil as Int?) == .null)
    #expect(JSONValue(nil as String?) == .null)
    #expect(JSONValue(nil as Bool?) == .null)
  }
}
