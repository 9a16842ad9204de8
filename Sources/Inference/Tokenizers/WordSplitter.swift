/// Cuts text into words as GPT-2's regular expression does.
///
/// The expression is
/// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`.
enum WordSplitter {
  private enum Class { case letter, number, space, other }

  /// The words, which together are the whole text.
  static func words(of text: Substring) -> [Substring] {
    let scalars = Array(text.unicodeScalars)
    let classes = scalars.map(characterClass)
    var words: [Substring] = []
    var position = 0
    var start = text.startIndex
    while position < scalars.count {
      let length = wordLength(scalars, classes, at: position)
      let end = text.unicodeScalars.index(start, offsetBy: length)
      words.append(text[start..<end])
      start = end
      position += length
    }
    return words
  }

  private static func wordLength(
    _ scalars: [Unicode.Scalar], _ classes: [Class], at start: Int
  ) -> Int {
    if let length = contractionLength(scalars[start...]) { return length }
    let first = scalars[start] == " " ? start + 1 : start
    if first < scalars.count, classes[first] != .space {
      return runLength(classes, from: first) + (first - start)
    }
    let run = runLength(classes, from: start)
    // The last space of a run belongs to the word after it.
    return start + run == scalars.count || run == 1 ? run : run - 1
  }

  private static func runLength(_ classes: [Class], from start: Int) -> Int {
    let end = classes[start...].firstIndex { $0 != classes[start] } ?? classes.count
    return end - start
  }

  private static func contractionLength(_ scalars: ArraySlice<Unicode.Scalar>) -> Int? {
    guard scalars.first == "'" else { return nil }
    let rest = scalars.dropFirst()
    switch rest.first {
    case "s", "t", "m", "d": return 2
    case "r", "v": return rest.dropFirst().first == "e" ? 3 : nil
    case "l": return rest.dropFirst().first == "l" ? 3 : nil
    default: return nil
    }
  }

  private static func characterClass(_ scalar: Unicode.Scalar) -> Class {
    if scalar.isASCII {
      switch scalar {
      case "a"..."z", "A"..."Z": return .letter
      case "0"..."9": return .number
      case " ", "\t"..."\r": return .space
      default: return .other
      }
    }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      return .letter
    case .decimalNumber, .letterNumber, .otherNumber:
      return .number
    default:
      return scalar.properties.isWhitespace ? .space : .other
    }
  }
}
