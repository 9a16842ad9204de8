/// Finds the names that a mistyped one may have meant.
enum NearestNames {
  /// A hint with up to three names, or `nil` if none is near.
  static func hint(for name: String, among candidates: some Sequence<String>) -> String? {
    let limit = max(2, name.count / 4)
    let near =
      candidates
      .map { (name: $0, distance: distance(Array($0.utf8), Array(name.utf8))) }
      .filter { $0.distance <= limit }
      .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
      .prefix(3).map { "'\($0.name)'" }
    return near.isEmpty ? nil : "did you mean \(near.joined(separator: " or "))?"
  }

  /// How many bytes must be inserted, removed or replaced to make one text of the other.
  private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var row = Array(0...right.count)
    for (i, a) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, b) in right.enumerated() {
        let replaced = diagonal + (a == b ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, row[j] + 1, diagonal + 1)
      }
    }
    return row[right.count]
  }
}
