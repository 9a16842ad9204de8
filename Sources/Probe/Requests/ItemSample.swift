/// Draws items for runs that cannot afford all of them: the same ones in every run.
///
/// What is asked for in one name is one population; each of its tasks is a stratum and gets its share
/// by size (largest remainders). Within a task the items are those of Python's
/// `Random(seed).sample(range(n), k)`, sorted.
struct ItemSample {
  /// Where draws start.
  static let seed: UInt64 = 1234

  /// How many items of each stratum are drawn.
  ///
  /// - Parameters:
  ///   - count: How many in all.
  ///   - sizes: The strata's sizes.
  /// - Returns: One number for each stratum.
  static func shares(of count: Int, sizes: [Int]) -> [Int] {
    let total = sizes.reduce(0, +)
    guard count < total else { return sizes }
    var shares = sizes.map { $0 * count / total }
    let byRemainder = sizes.indices.sorted {
      let (left, right) = (sizes[$0] * count % total, sizes[$1] * count % total)
      return left == right ? $0 < $1 : left > right
    }
    for index in byRemainder.prefix(count - shares.reduce(0, +)) { shares[index] += 1 }
    return shares
  }

  /// The positions of the drawn items, ascending.
  static func positions(_ count: Int, of size: Int) -> [Int] {
    guard count < size else { return Array(0..<size) }
    var random = PythonRandom(seed: seed)
    return random.sample(count, from: size).sorted()
  }
}
