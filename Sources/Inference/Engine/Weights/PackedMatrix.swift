import Core
import Formats
import Synchronization

/// The weights of one linear map, [outputs, inputs], which are packed for the product kernels while
/// they are needed.
final class PackedMatrix: Sendable {
  let source: MatrixSource
  /// The format of the packed numbers.
  let operand: Operand
  /// The features that come out.
  let outputCount: Int
  /// The features that go in.
  let inputCount: Int
  private let shared: Mutex<Panels>

  /// Panels that may serve matrices of several checkpoints which hold the same numbers.
  private final class Panels: Sendable {
    let buffer = Mutex<ByteBuffer?>(nil)
  }

  init(_ source: MatrixSource, _ operand: Operand) {
    self.source = source
    self.operand = operand
    outputCount = source.outputCount
    inputCount = source.inputCount
    shared = Mutex(Panels())
  }

  /// Uses the panels of a matrix that holds the same numbers.
  func share(panelsOf other: PackedMatrix) {
    let panels = other.shared.withLock(\.self)
    shared.withLock { $0 = panels }
  }

  /// The same for matrices that share their panels.
  var identity: ObjectIdentifier { ObjectIdentifier(shared.withLock(\.self)) }

  /// How many panels there are.
  var panelCount: Int { (outputCount + Kernels.panelWidth - 1) / Kernels.panelWidth }

  /// How much memory the panels take.
  var byteCount: Int { panelCount * Kernels.panelByteCount(operand, k: inputCount) }

  /// Whether the panels are in memory.
  var isPacked: Bool { held != nil }

  /// The panels, which must have been packed.
  var panels: ByteBuffer {
    guard let panels = held else {
      preconditionFailure("panels of '\(source.tensor.name)' are not packed")
    }
    return panels
  }

  /// Gives up the panels.
  func unpack() { hold(nil) }

  private var held: ByteBuffer? { shared.withLock { $0.buffer.withLock(\.self) } }

  private func hold(_ buffer: ByteBuffer?) {
    shared.withLock { panels in panels.buffer.withLock { $0 = buffer } }
  }

  /// How much memory the panels of matrices take; one that is there several times counts once.
  static func byteCount(_ matrices: some Sequence<PackedMatrix>) -> Int {
    var known: Set<ObjectIdentifier> = []
    return matrices.reduce(0) { known.insert($1.identity).inserted ? $0 + $1.byteCount : $0 }
  }

  /// Packs matrices that are not, all threads together.
  ///
  /// - Throws: `CheckpointError` for a tensor that cannot be decoded; nothing is packed then.
  static func pack(_ matrices: [PackedMatrix], _ kernels: Kernels, _ workGroup: WorkGroup) throws {
    let missing = matrices.filter { !$0.isPacked }
    guard !missing.isEmpty else { return }
    let buffers = missing.map { ByteBuffer(byteCount: $0.byteCount) }
    var pieces: [(matrix: Int, outputs: Range<Int>)] = []
    for (index, matrix) in missing.enumerated() {
      let step = matrix.source.packedAtOnce
      for start in stride(from: 0, to: matrix.outputCount, by: step) {
        pieces.append((index, start..<min(start + step, matrix.outputCount)))
      }
    }
    let jobs = pieces
    try workGroup.forEach(jobs.count, state: { FloatBuffer(count: 0) }) { scratch, piece in
      let (index, outputs) = jobs[piece]
      let matrix = missing[index]
      try matrix.source.pack(
        outputs, matrix.operand, into: buffers[index], kernels, scratch: &scratch)
    }
    for (matrix, buffer) in zip(missing, buffers) {
      matrix.hold(buffer)
      matrix.source.discard()
    }
  }
}
