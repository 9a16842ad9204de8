import Crypto
import Foundation
import Inference

/// What stands for a request in a ledger: half of the SHA-256 sum of its kind and texts.
///
/// A model's identity holds its tokenizer's content, so that equal texts are equal tokens.
struct RequestHash: Hashable, Sendable {
  let bytes: Data

  private static let byteCount = 16

  init(_ request: ItemRequest) {
    var hasher = SHA256()
    func add(_ number: Int) {
      hasher.update(data: (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) })
    }
    func add(_ text: String) {
      let bytes = Array(text.utf8)
      add(bytes.count)
      hasher.update(data: bytes)
    }
    switch request {
    case .text(let request):
      add(request.isRolling ? 1 : 0)
      add(request.context)
      add(request.continuation)
    case .generation(let request):
      add(2)
      add(request.context)
      add(request.maximumTokenCount)
      for stop in request.stops { add(stop) }
    }
    bytes = Data(hasher.finalize().prefix(Self.byteCount))
  }
}
