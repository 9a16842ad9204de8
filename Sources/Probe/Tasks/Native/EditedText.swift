import Templates

/// A text that is edited as Python's `str.replace` and `re.sub` edit it.
///
/// It works on UTF-8, where what is searched for is found exactly where it stands as code points.
struct EditedText {
  private var bytes: [UInt8]

  init(_ text: String) { bytes = Array(text.utf8) }

  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Replaces every occurrence, from left to right.
  mutating func replace(_ old: String, with new: String) {
    let mark = Array(old.utf8)
    var result: [UInt8] = []
    var start = 0
    while let found = find(mark, from: start) {
      result += bytes[start..<found]
      result += new.utf8
      start = found + mark.count
    }
    guard start > 0 else { return }
    bytes = result + bytes[start...]
  }

  /// Removes every shortest piece of one line from an opening to a closing character, as the
  /// pattern `\[.*?\]` finds it.
  mutating func removeEnclosed(from opening: Unicode.Scalar, to closing: Unicode.Scalar) {
    let (first, last) = (UInt8(ascii: opening), UInt8(ascii: closing))
    var result: [UInt8] = []
    var position = 0
    while position < bytes.count {
      if bytes[position] == first,
        let end = bytes[position...].firstIndex(where: { $0 == last || $0 == UInt8(ascii: "\n") }),
        bytes[end] == last
      {
        position = end + 1
      } else {
        result.append(bytes[position])
        position += 1
      }
    }
    bytes = result
  }

  /// Removes white space on the inner side of both characters of every pair, as the pattern
  /// `\(\s*([^\)]*?)\s*\)` with `(\1)` does.
  mutating func tighten(_ opening: Unicode.Scalar, _ closing: Unicode.Scalar) {
    let (first, last) = (UInt8(ascii: opening), UInt8(ascii: closing))
    var result: [UInt8] = []
    var position = 0
    while let start = bytes[position...].firstIndex(of: first),
      let end = bytes[(start + 1)...].firstIndex(of: last)
    {
      let inner = String(decoding: bytes[(start + 1)..<end], as: UTF8.self)
      result += bytes[position...start]
      result += PythonString.strip(inner).utf8
      result.append(last)
      position = end + 1
    }
    bytes = result + bytes[position...]
  }

  private func find(_ mark: [UInt8], from start: Int) -> Int? {
    var position = start
    while position + mark.count <= bytes.count {
      if bytes[position] == mark[0], bytes[position..<(position + mark.count)].elementsEqual(mark) {
        return position
      }
      position += 1
    }
    return nil
  }
}
