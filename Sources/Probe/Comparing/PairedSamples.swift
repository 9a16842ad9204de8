/// The items that two sets share, in the order of the first.
struct PairedSamples {
  /// An item in both sets.
  typealias Pair = (base: Sample, other: Sample)

  /// The shared items.
  let pairs: [Pair]
  /// How many items only the first has.
  let onlyInBaseCount: Int
  /// How many items only the second has.
  let onlyInOtherCount: Int
  /// How many items of the first the second has with another prompt.
  let otherPromptCount: Int

  /// Joins two sets by the hashes of document and prompt; items that are the same in both are taken
  /// in their order.
  ///
  /// - Parameters:
  ///   - base: The first set.
  ///   - other: The second set.
  ///   - ignoringPrompts: Whether documents alone decide.
  init(_ base: [Sample], _ other: [Sample], ignoringPrompts: Bool) {
    func key(_ sample: Sample) -> String {
      ignoringPrompts ? sample.documentHash : "\(sample.documentHash) \(sample.promptHash)"
    }
    var places: [String: [Int]] = [:]
    // From the end, so that the first is the last and goes first.
    for index in other.indices.reversed() { places[key(other[index]), default: []].append(index) }
    var pairs: [Pair] = []
    var unmatched: [Sample] = []
    for sample in base {
      if let place = places[key(sample)]?.popLast() {
        pairs.append((sample, other[place]))
      } else {
        unmatched.append(sample)
      }
    }
    self.pairs = pairs
    onlyInBaseCount = base.count - pairs.count
    onlyInOtherCount = other.count - pairs.count
    let documents = Set(places.values.joined().map { other[$0].documentHash })
    otherPromptCount = unmatched.count { documents.contains($0.documentHash) }
  }
}
