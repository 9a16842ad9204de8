public import Core

extension ModelBenchmark {
  /// Measures the kernels with the shapes of the model's weights, in every format.
  ///
  /// - Parameter progress: Told how many shapes are done.
  /// - Returns: The machine's peaks, and the measurements.
  public func kernelSpeeds(progress: WorkProgress.Handler? = nil) -> KernelSpeeds {
    var speeds = KernelSpeeds(peaks: [], measurements: [])
    let shapes = KernelBenchmark.shapes(of: network)
    let total = Operand.allCases.count * (shapes.count + 1)
    var done = 0
    func step() {
      progress?(.init(phase: "measuring kernels", completed: done, total: total, unit: "shapes"))
      done += 1
    }
    for operand in Operand.allCases {
      let peak = network.kernels.peak(
        operand, seconds: Self.peakSeconds, network.workGroup)
      speeds.peaks.append(.init(numerics: operand.rawValue, gflops: peak / 1e9))
      let benchmark = KernelBenchmark(network: network, operand: operand, peak: peak)
      for shape in shapes {
        step()
        speeds.measurements += benchmark.products(shape)
      }
      step()
      if operand.ofAttention == operand { speeds.measurements += benchmark.attention() }
      if operand == .f32 { speeds.measurements += benchmark.rows() }
    }
    step()
    return speeds
  }
}
