/// CPython's random numbers: the Mersenne Twister MT19937 as `random.Random(seed)` seeds and uses
/// it, so that draws are the same as a Python program's.
struct PythonRandom: Sendable {
  private static let size = 624
  private static let shift = 397
  private var state: [UInt32]
  private var index = size

  /// Creates the generator that `random.Random(seed)` creates.
  init(seed: UInt64) {
    let low = UInt32(truncatingIfNeeded: seed)
    let high = UInt32(truncatingIfNeeded: seed >> 32)
    let key = high == 0 ? [low] : [low, high]
    state = Self.seeded(19_650_218)
    mix(key)
  }

  private static func seeded(_ seed: UInt32) -> [UInt32] {
    var state = [seed]
    for i in 1..<UInt32(size) {
      let last = state[state.count - 1]
      state.append(1_812_433_253 &* (last ^ (last >> 30)) &+ i)
    }
    return state
  }

  /// Spreads a key over the state (`init_by_array` of the reference implementation).
  private mutating func mix(_ key: [UInt32]) {
    var i = 1
    var j = 0
    for _ in 0..<max(Self.size, key.count) {
      let last = state[i - 1] ^ (state[i - 1] >> 30)
      state[i] = (state[i] ^ (last &* 1_664_525)) &+ key[j] &+ UInt32(j)
      step(&i)
      j = (j + 1) % key.count
    }
    for _ in 1..<Self.size {
      let last = state[i - 1] ^ (state[i - 1] >> 30)
      state[i] = (state[i] ^ (last &* 1_566_083_941)) &- UInt32(i)
      step(&i)
    }
    state[0] = 0x8000_0000
  }

  private mutating func step(_ i: inout Int) {
    i += 1
    guard i == Self.size else { return }
    state[0] = state[Self.size - 1]
    i = 1
  }

  /// The next 32 random bits.
  mutating func next() -> UInt32 {
    if index == Self.size { twist() }
    var word = state[index]
    index += 1
    word ^= word >> 11
    word ^= (word << 7) & 0x9d2c_5680
    word ^= (word << 15) & 0xefc6_0000
    return word ^ (word >> 18)
  }

  private mutating func twist() {
    for i in 0..<Self.size {
      let joined = (state[i] & 0x8000_0000) | (state[(i + 1) % Self.size] & 0x7fff_ffff)
      let twisted = (joined >> 1) ^ (joined & 1 == 0 ? 0 : 0x9908_b0df)
      state[i] = state[(i + Self.shift) % Self.size] ^ twisted
    }
    index = 0
  }

  /// The next number of at least 0 and less than 1, as `random()` gives it.
  mutating func nextFraction() -> Double {
    let high = Double(next() >> 5)
    let low = Double(next() >> 6)
    return (high * 67_108_864 + low) * (1 / 9_007_199_254_740_992)
  }

  /// Draws as many positions as there are, each anew from all of them, as
  /// `choices(population, k=len(population))` does.
  mutating func choose(into positions: inout [Int]) {
    let size = Double(positions.count)
    for place in positions.indices { positions[place] = Int(nextFraction() * size) }
  }

  /// A random number below a bound of at least 1 and less than 2³².
  mutating func below(_ bound: Int) -> Int {
    let bits = UInt32(Int.bitWidth - bound.leadingZeroBitCount)
    while true {
      let number = Int(next() >> (32 - bits))
      if number < bound { return number }
    }
  }

  /// The positions of a population of the given size after `shuffle(population)`.
  mutating func shuffled(_ size: Int) -> [Int] {
    var order = Array(0..<size)
    for last in stride(from: size - 1, to: 0, by: -1) { order.swapAt(last, below(last + 1)) }
    return order
  }

  /// The positions that `sample(population, count)` takes from a population of the given size.
  ///
  /// - Precondition: `count` is not more than `size`.
  mutating func sample(_ count: Int, from size: Int) -> [Int] {
    // CPython tracks a list of what is left, or a set of what is taken, whichever is smaller; the
    // two draw different numbers.
    var setSize = 21
    if count > 5 {
      var table = 1
      while table < count * 3 { table *= 4 }
      setSize += table
    }
    return size <= setSize ? sampleFromList(count, size) : sampleWithSet(count, size)
  }

  private mutating func sampleFromList(_ count: Int, _ size: Int) -> [Int] {
    var pool = Array(0..<size)
    return (0..<count).map { i in
      let j = below(size - i)
      defer { pool[j] = pool[size - i - 1] }
      return pool[j]
    }
  }

  private mutating func sampleWithSet(_ count: Int, _ size: Int) -> [Int] {
    var taken: Set<Int> = []
    return (0..<count).map { _ in
      var j = below(size)
      while !taken.insert(j).inserted { j = below(size) }
      return j
    }
  }
}
