/// One of Unicode's normal forms, as `tokenizers` has them: with the tables of Unicode 9.
enum NormalForm: String, Sendable {
  case canonicalDecomposition = "NFD"
  case canonicalComposition = "NFC"
  case compatibilityDecomposition = "NFKD"
  case compatibilityComposition = "NFKC"

  private var composes: Bool {
    self == .canonicalComposition || self == .compatibilityComposition
  }

  private var isCompatible: Bool {
    self == .compatibilityDecomposition || self == .compatibilityComposition
  }

  /// A scalar and its combining class.
  private typealias Element = (value: UInt32, combiningClass: UInt8)

  /// A text in this form.
  func normalized(_ text: [UInt8]) -> [UInt8] {
    guard !text.allSatisfy({ $0 < 0x80 }) else { return text }
    let span = text.span
    let tables = NormalFormTables.shared
    var result: [UInt8] = []
    result.reserveCapacity(text.count + text.count / 8)
    // What has been copied to the result, and where the last scalar begins that stays as it is.
    var copied = 0
    var lastInert = 0
    var position = 0
    while position < span.count {
      let (value, length) = span.scalar(at: position)
      if value < 0x80 || isInert(value, tables) {
        lastInert = position
        position += length
        continue
      }
      var end = position + length
      while end < span.count {
        let (value, length) = span.scalar(at: end)
        if value < 0x80 || isInert(value, tables) { break }
        end += length
      }
      result.append(contentsOf: span.extracting(copied..<lastInert))
      append(span.extracting(lastInert..<end), tables, to: &result)
      copied = end
      lastInert = end
      position = end
    }
    result.append(contentsOf: span.extracting(copied..<span.count))
    return result
  }

  /// Whether a scalar stays as it is whatever comes before it.
  private func isInert(_ value: UInt32, _ tables: NormalFormTables) -> Bool {
    let traits = tables.traits(of: value)
    if traits.contains(.combines) { return false }
    switch self {
    case .canonicalDecomposition: return traits.isDisjoint(with: .decomposes)
    case .compatibilityDecomposition: return traits.isDisjoint(with: [.decomposes, .isCompatible])
    case .canonicalComposition: return traits.isDisjoint(with: [.isExcluded, .joins])
    case .compatibilityComposition:
      return traits.isDisjoint(with: [.isExcluded, .joins, .isCompatible])
    }
  }

  private func append(
    _ text: Span<UInt8>, _ tables: NormalFormTables, to result: inout [UInt8]
  ) {
    var elements: [Element] = []
    var position = 0
    while position < text.count {
      let (value, length) = text.scalar(at: position)
      tables.decompose(value, isCompatible: isCompatible) { value in
        elements.append((value, tables.combiningClass(of: value)))
      }
      position += length
    }
    Self.order(&elements)
    if composes { Self.compose(&elements, tables) }
    for element in elements { result.append(scalar: element.value) }
  }

  /// Sorts each run of combining scalars by class, equals staying in order.
  private static func order(_ elements: inout [Element]) {
    for index in elements.indices.dropFirst() {
      let element = elements[index]
      guard element.combiningClass != 0 else { continue }
      var position = index
      while position > 0, elements[position - 1].combiningClass > element.combiningClass {
        elements[position] = elements[position - 1]
        position -= 1
      }
      elements[position] = element
    }
  }

  private static func compose(_ elements: inout [Element], _ tables: NormalFormTables) {
    var composed: [Element] = []
    var starter: Int?
    for element in elements {
      if let starter {
        let isBlocked =
          composed.count - 1 > starter
          && composed[composed.count - 1].combiningClass >= element.combiningClass
        if !isBlocked,
          let composite = tables.composite(composed[starter].value, element.value)
        {
          composed[starter].value = composite
          continue
        }
      }
      if element.combiningClass == 0 { starter = composed.count }
      composed.append(element)
    }
    elements = composed
  }
}
