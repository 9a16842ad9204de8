/// Finds the names that a mistyped one may have meant.
public enum NearestNames {
  /// Up to three names that are near a mistyped one, the nearest first.
  ///
  /// A name is near if few bytes must be inserted, removed or replaced to make it of the other: at
  /// most 2, or a quarter of the mistyped name's characters where that is more.
  public static func names(near name: String, among candidates: some Sequence<String>) -> [String] {
    let wanted = Array(name.utf8)
    let limit = max(2, name.count / 4)
    return Set(candidates)
      .map { (name: $0, distance: distance(Array($0.utf8), wanted)) }
      .filter { $0.distance <= limit }
      .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
      .prefix(3).map(\.name)
  }

  /// A question that offers the names near a mistyped one; `nil` if none is near.
  public static func hint(for name: String, among candidates: some Sequence<String>) -> String? {
    hint(offering: names(near: name, among: candidates))
  }

  /// A question that offers names; `nil` for none.
  public static func hint(offering names: [String]) -> String? {
    names.isEmpty
      ? nil : "did you mean \(names.map { "'\($0)'" }.joined(separator: " or "))?"
  }

  /// How many bytes must be inserted, removed or replaced to make one text of the other.
  private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var row = Array(0...right.count)
    for (i, leftByte) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, rightByte) in right.enumerated() {
        let replaced = diagonal + (leftByte == rightByte ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, row[j] + 1, diagonal + 1)
      }
    }
    return row[right.count]
  }
}
