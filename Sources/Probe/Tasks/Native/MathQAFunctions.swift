import Core
import Templates

/// What lm-eval's `mathqa/utils.py` does.
enum MathQAFunctions {
  static let all = [
    NativeFunction(
      name: "mathqa/utils.doc_to_choice",
      summary: "the options, which stand in one text",
      body: .part { row in .array(options(try row.text("options")).map(JSONValue.string)) })
  ]

  /// The options that the pattern `[abcd] \) .*?, |e \) .*?$` finds, without letter and comma.
  static func options(_ text: String) -> [String] {
    let bytes = Array(text.utf8)
    var found: [String] = []
    var position = 0
    while position < bytes.count {
      guard let end = optionEnd(bytes, from: position) else {
        position += 1
        continue
      }
      let option = String(decoding: bytes[(position + 4)..<end], as: UTF8.self)
      found.append(PythonString.strip(option, .trailing, characters: " ,"))
      position = end
    }
    return found
  }

  /// Where an option ends that starts here; `nil` where none starts.
  private static func optionEnd(_ bytes: [UInt8], from start: Int) -> Int? {
    let letter = bytes[start]
    let isLast = letter == UInt8(ascii: "e")
    guard isLast || (UInt8(ascii: "a")...UInt8(ascii: "d")).contains(letter),
      bytes[(start + 1)...].starts(with: " ) ".utf8)
    else { return nil }
    for position in (start + 4)...bytes.count {
      let rest = bytes[position...]
      if isLast {
        if rest.isEmpty || rest.elementsEqual("\n".utf8) { return position }
      } else if rest.starts(with: ", ".utf8) {
        return position + 2
      }
      if rest.first == UInt8(ascii: "\n") { return nil }
    }
    return nil
  }
}
