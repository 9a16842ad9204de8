import Foundation

/// The slopes of ALiBi, one for each head.
enum Alibi {
  /// For n heads, n a power of two, head h, counted from 1, has 2^(-maximum · h / n); for others those
  /// of the next power of two, of which the ones with even h come first.
  static func slopes(headCount: Int, maximum: Double) -> [Float] {
    var whole = 1
    while whole < headCount { whole *= 2 }
    let all = (1...whole).map { 1 / powf(2, Float($0) * Float(maximum / Double(whole))) }
    guard whole != headCount else { return all }
    let even = stride(from: 1, to: whole, by: 2).map { all[$0] }
    let odd = stride(from: 0, to: whole, by: 2).map { all[$0] }
    return Array((even + odd).prefix(headCount))
  }
}
