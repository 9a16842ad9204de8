/// Porter's stemmer (1980) with the changes of NLTK, which `rouge_score` uses.
struct PorterStemmer {
  private static let irregular: [String: String] = [
    "sky": "sky", "skies": "sky", "dying": "die", "lying": "lie", "tying": "tie",
    "news": "news", "innings": "inning", "inning": "inning", "outings": "outing",
    "outing": "outing", "cannings": "canning", "canning": "canning", "howe": "howe",
    "proceed": "proceed", "exceed": "exceed", "succeed": "succeed",
  ]

  private typealias Word = [UInt8]
  private typealias Rule = (ending: String, replacement: String)

  /// The stem of a word of lower-case ASCII letters and digits.
  static func stem(_ text: String) -> String {
    if let form = irregular[text] { return form }
    let word = Array(text.utf8)
    guard word.count > 2 else { return text }
    var stem = removingPlural(word)
    stem = removingPast(stem)
    stem = replacingY(stem)
    stem = shorteningDouble(stem)
    stem = applying(adjectiveRules, to: stem) { measure($0) > 0 }
    stem = removingLast(stem)
    stem = removingE(stem)
    stem = removingL(stem)
    return String(decoding: stem, as: UTF8.self)
  }

  // MARK: Steps

  /// Step 1a.
  private static func removingPlural(_ word: Word) -> Word {
    if word.count == 4, ends(word, "ies") { return word.dropLast(3) + Word("ie".utf8) }
    return applying([("sses", "ss"), ("ies", "i"), ("ss", "ss"), ("s", "")], to: word) { _ in true }
  }

  /// Step 1b.
  private static func removingPast(_ word: Word) -> Word {
    if ends(word, "ied") { return word.dropLast(word.count == 4 ? 1 : 2) }
    if ends(word, "eed") { return measure(word.dropLast(3)) > 0 ? word.dropLast() : word }
    let stems = ["ed", "ing"].filter { ends(word, $0) }.map { Word(word.dropLast($0.count)) }
    guard let stem = stems.first(where: containsVowel), let last = stem.last else { return word }
    for (ending, replacement) in [("at", "ate"), ("bl", "ble"), ("iz", "ize")]
    where ends(stem, ending) {
      return stem.dropLast(2) + Word(replacement.utf8)
    }
    if endsWithDoubleConsonant(stem) {
      return "lsz".utf8.contains(last) ? stem : stem.dropLast()
    }
    return measure(stem) == 1 && endsConsonantVowelConsonant(stem)
      ? stem + [UInt8(ascii: "e")] : stem
  }

  /// Step 1c.
  private static func replacingY(_ word: Word) -> Word {
    guard word.last == UInt8(ascii: "y") else { return word }
    let stem = Word(word.dropLast())
    guard stem.count > 1, consonants(stem)[stem.count - 1] else { return word }
    return stem + [UInt8(ascii: "i")]
  }

  private static let doubleRules: [Rule] = [
    ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"),
    ("bli", "ble"), ("alli", "al"), ("entli", "ent"), ("eli", "e"), ("ousli", "ous"),
    ("ization", "ize"), ("ation", "ate"), ("ator", "ate"), ("alism", "al"), ("iveness", "ive"),
    ("fulness", "ful"), ("ousness", "ous"), ("aliti", "al"), ("iviti", "ive"),
    ("biliti", "ble"), ("fulli", "ful"),
  ]

  /// Step 2.
  private static func shorteningDouble(_ word: Word) -> Word {
    if ends(word, "alli"), measure(word.dropLast(4)) > 0 {
      return shorteningDouble(word.dropLast(2))
    }
    if !doubleRules.contains(where: { ends(word, $0.ending) }), ends(word, "logi") {
      // The 'l' counts with the stem, so that 'geologi' has one.
      return measure(word.dropLast(3)) > 0 ? word.dropLast() : word
    }
    return applying(doubleRules, to: word) { measure($0) > 0 }
  }

  /// Step 3.
  private static let adjectiveRules: [Rule] = [
    ("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""),
    ("ness", ""),
  ]

  private static let lastEndings = [
    "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou",
    "ism", "ate", "iti", "ous", "ive", "ize",
  ]

  /// Step 4.
  private static func removingLast(_ word: Word) -> Word {
    guard let ending = lastEndings.first(where: { ends(word, $0) }) else { return word }
    let stem = Word(word.dropLast(ending.count))
    guard measure(stem) > 1 else { return word }
    if ending == "ion", let last = stem.last, !"st".utf8.contains(last) { return word }
    return stem
  }

  /// Step 5a.
  private static func removingE(_ word: Word) -> Word {
    guard word.last == UInt8(ascii: "e") else { return word }
    let stem = Word(word.dropLast())
    let count = measure(stem)
    return count > 1 || count == 1 && !endsConsonantVowelConsonant(stem) ? stem : word
  }

  /// Step 5b.
  private static func removingL(_ word: Word) -> Word {
    ends(word, "ll") && measure(word.dropLast()) > 1 ? word.dropLast() : word
  }

  // MARK: Parts

  private static func applying(
    _ rules: [Rule], to word: Word, where condition: (Word) -> Bool
  ) -> Word {
    guard let rule = rules.first(where: { ends(word, $0.ending) }) else { return word }
    let stem = Word(word.dropLast(rule.ending.utf8.count))
    return condition(stem) ? stem + Word(rule.replacement.utf8) : word
  }

  private static func ends(_ word: Word, _ ending: String) -> Bool {
    word.suffix(ending.utf8.count).elementsEqual(ending.utf8)
  }

  /// Whether each letter is a consonant; a 'y' is one where none stands before it.
  private static func consonants(_ word: Word) -> [Bool] {
    word.reduce(into: []) { flags, letter in
      let isVowel = "aeiou".utf8.contains(letter)
      flags.append(
        letter == UInt8(ascii: "y") ? !(flags.last ?? false) : !isVowel)
    }
  }

  /// How many times vowels are followed by consonants.
  private static func measure(_ word: some Collection<UInt8>) -> Int {
    let flags = consonants(Word(word))
    return zip(flags, flags.dropFirst()).count { !$0 && $1 }
  }

  private static func containsVowel(_ word: Word) -> Bool { consonants(word).contains(false) }

  private static func endsWithDoubleConsonant(_ word: Word) -> Bool {
    guard word.count >= 2 else { return false }
    return word[word.count - 1] == word[word.count - 2] && consonants(word)[word.count - 1]
  }

  /// Porter's condition *o, and NLTK's for two letters.
  private static func endsConsonantVowelConsonant(_ word: Word) -> Bool {
    let flags = consonants(word)
    if word.count == 2 { return flags == [false, true] }
    guard word.count >= 3, let last = word.last else { return false }
    return flags.suffix(3) == [true, false, true] && !"wxy".utf8.contains(last)
  }
}
