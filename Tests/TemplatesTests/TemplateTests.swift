import Core
import Foundation
import OrderedCollections
import TestSupport
import Testing

@testable import Templates

/// The cases that Jinja2 itself was asked for; see `fixtures/train/golden_templates.py`.
private struct JinjaCase: Sendable, CustomTestStringConvertible {
  let template: String
  let expected: String?
  var testDescription: String { template }

  static let document: JSONValue? = {
    let path = Fixtures.path("golden/templates.json")
    return FileManager.default.contents(atPath: path).flatMap { try? JSONValue(parsing: Array($0)) }
  }()

  static let context = document?["context"]?.object ?? [:]

  static let all = (document?["cases"]?.array ?? []).map {
    JinjaCase(template: $0["template"]?.string ?? "", expected: $0["expected"]?.string)
  }
}

@Suite struct TemplateTests {
  @Test func casesExist() {
    #expect(JinjaCase.all.count > 80)
    #expect(JinjaCase.context.count > 15)
  }

  @Test(arguments: JinjaCase.all)
  fileprivate func printsWhatJinjaPrints(_ example: JinjaCase) throws {
    if let expected = example.expected {
      let printed = try Template(example.template).render(JinjaCase.context)
      #expect(PythonText.equal(printed, expected), "\(PythonText.repr(printed))")
    } else {
      #expect(throws: InputError.self) {
        try Template(example.template).render(JinjaCase.context)
      }
    }
  }

  @Test func valueOfOneExpressionNeedsNoPrinting() throws {
    let context: OrderedDictionary<String, JSONValue> = ["a": "it's", "b": .integer(2)]
    #expect(try Template("{{ [a, b] }}").value(context) == .array(["it's", .integer(2)]))
    #expect(try Template("{{ (a, b) }}").value(context) == .array(["it's", .integer(2)]))
    #expect(try Template("{{ b }}").value(context) == .integer(2))
    #expect(try Template("{{ b }}!").value(context) == "2!")
    #expect(try Template("text").value(context) == "text")
    #expect(throws: InputError.self) { try Template("{{ c }}").value(context) }
  }

  @Test(arguments: [
    ("{{ missing }}", "line 1, column 4: 'missing' is not defined"),
    ("a\nbé {{ d.x }}", "line 2, column 8: a dictionary has no field 'x'"),
    ("{{ d.items }}", "line 1, column 5: 'items' is a method of a dictionary and is not called"),
    ("{% macro f() %}{% endmacro %}", "line 1, column 4: tag 'macro' is not supported"),
    ("{{ 'a' | tojson }}", "line 1, column 8: filter 'tojson' is not supported"),
    ("{{ 'a'.zfill(3) }}", "line 1, column 7: method 'zfill' of a string is not supported"),
    ("{{ namespace(a=1) }}", "line 1, column 4: function 'namespace' is not supported"),
    ("{{ 1 is divisibleby 3 }}", "line 1, column 6: test 'divisibleby' is not supported"),
    ("{{ '%s' % 1 }}", "line 1, column 9: formatting with '%' is not supported"),
    ("{% if 1 %}", "line 1, column 4: tag 'if' without 'endif'"),
    ("{% for x in y %}{% else %}", "line 1, column 4: tag 'for' without 'endfor'"),
    ("{% endif %}", "line 1, column 4: tag 'endif' without its opening tag"),
    ("{{ 1", "line 1, column 1: '{{' without '}}'"),
    ("{# 1", "line 1, column 1: comment '{#' without '#}'"),
    ("{{ 'a }}", "line 1, column 4: string without an end"),
    ("{{ a ! b }}", "line 1, column 6: unexpected character '!'"),
    ("{{ 1 + }}", "line 1, column 8: found '}}', expected a value"),
    ("{{ a b }}", "line 1, column 6: found 'b', expected '}}'"),
    ("{{ 9223372036854775807 + 1 }}", "line 1, column 24: integer is too large"),
    ("{{ 99999999999999999999 }}", "line 1, column 4: number '99999999999999999999' is too large"),
    ("{{ 'abc' * 99999999999 }}", "line 1, column 10: result is longer than 10000000"),
    ("{{ range(999999) }}", "line 1, column 9: range() gives more than 100000 numbers"),
    ("{% set x.y = 1 %}", "line 1, column 9: setting an attribute is not supported"),
    ("{% for a, b in [[1]] %}{% endfor %}", "line 1, column 4: 1 values for the 2 names a, b"),
    ("{{ 'a'.split(1) }}", "line 1, column 7: split() needs a string, not an integer"),
    ("{{ 'a'.strip(chr='a') }}", "line 1, column 7: strip() argument 'chr' is not supported"),
  ])
  func errorsSayWhereAndWhat(template: String, expected: String) throws {
    let error = #expect(throws: InputError.self) {
      try Template(template).render(["d": ["items": 1], "y": []])
    }
    let text = try #require(error).description
    #expect(text.hasPrefix(expected), "\(text)")
  }

  @Test func hostileTemplatesAreBounded() {
    let hostile = [
      "{{ \(String(repeating: "(", count: 5000))1\(String(repeating: ")", count: 5000)) }}",
      "{{ \(String(repeating: "[", count: 5000)) }}",
      "{{ 1\(String(repeating: " + 1", count: 5000)) }}",
      "{{ \(String(repeating: "not ", count: 5000))1 }}",
      "{{ \(String(repeating: "-", count: 5000))1 }}",
      "{{ a\(String(repeating: ".a", count: 5000)) }}",
      "{{ a\(String(repeating: "|trim", count: 5000)) }}",
      "{{ 1\(String(repeating: " if 1 else 1", count: 5000)) }}",
      String(repeating: "{% if 1 %}", count: 5000),
      "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    ]
    for template in hostile {
      #expect(throws: InputError.self) { try Template(template).render(["a": "x"]) }
    }
  }
}

@Suite struct PythonLiteralTests {
  @Test(arguments: [
    ("['a', \"it's\", 1, -2.5, True, None]", #"["a", "it's", 1, -2.5, true, null]"#),
    (" [ 'a' ,\n 'b' , ] ", #"["a", "b"]"#), ("('a', 'b')", #"["a", "b"]"#), ("('a')", #""a""#),
    ("('a',)", #"["a"]"#), ("()", "[]"),
    ("{'a': [1, {}], 'b': 'c' 'd'}", #"{"a": [1, {}], "b": "cd"}"#),
    (#"'\x41\u00e9\n\'\\ \q'"#, #""Aé\n'\\ \\q""#), ("1e3", "1000.0"), ("00", "0"), ("+3", "3"),
  ])
  func readsLiterals(text: String, json: String) throws {
    #expect(try PythonLiteral.parse(text) == JSONValue(parsing: json))
  }

  @Test(arguments: [
    "", "[", "['a'", "['a' 1]", "[,]", "name", "[a]", "1 2", "'a", "{1: 2}", "{'a'}", "007", "1_0x",
    "--1", "nan", "inf", #"'\xg0'"#, "[1]]", String(repeating: "[", count: 500),
  ])
  func refusesTheRest(text: String) {
    #expect(PythonLiteral.parse(text) == nil)
  }

  @Test func readsBackWhatReprPrints() {
    let value: JSONValue = [
      "it's", "\"", "both ' \"", "\u{0}\u{7f}\u{200b}é木😀\n\\", .number(1e-7), .null,
    ]
    #expect(PythonLiteral.parse(PythonText.repr(value)) == value)
  }
}
