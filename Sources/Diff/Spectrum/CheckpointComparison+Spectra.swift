import Core
import Formats

extension CheckpointComparison {
  /// Adds spectra, intruders and rotations to the tensors, if they are asked for.
  ///
  /// - Parameters:
  ///   - pairing: What was compared.
  ///   - base: The checkpoint that differences are measured from.
  ///   - other: The checkpoint that is compared with it.
  ///   - measures: What is asked for.
  ///   - workGroup: The threads to work with.
  ///   - progress: Is told how many matrices are done.
  /// - Throws: ``Core/InputError`` if there is no OpenBLAS or not enough memory;
  ///   ``Formats/CheckpointError`` if a tensor cannot be read.
  mutating func addSpectra(
    of pairing: Pairing, base: any TensorSource, other: any TensorSource, measures: DriftMeasures,
    workGroup: WorkGroup, progress: WorkProgress.Handler?
  ) throws {
    guard measures.spectrum != nil || measures.intruders else { return }
    let pass = SpectralPass(
      base: base, other: other, measures: measures, algebra: try LinearAlgebra.load())
    let found = try pass.run(
      pairing.pairs, metrics: tensors.map(\.metrics), workGroup: workGroup, progress: progress)
    for (index, spectral) in found.enumerated() { tensors[index].spectral = spectral }
  }
}
