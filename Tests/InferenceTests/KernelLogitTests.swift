import CKernels
import Foundation
import Testing

@testable import Inference

/// Statistics of logits and gates against their scalar twins and f64.
struct KernelLogitTests {
  @Test(arguments: [1, 2, 15, 16, 17, 100, 511, 512])
  func `statistics equal their scalar twin in every bit and f64 closely`(_ count: Int) {
    var numbers = KernelValues(seed: count)
    let values = numbers.floats(count).map { 20 * $0 }
    let logits = KernelValues.buffer(values, behind: 3)
    let scalar = Kernels.available[0].logitStatistics(logits, at: 3, n: count)
    for kernels in Kernels.available {
      #expect(kernels.logitStatistics(logits, at: 3, n: count) == scalar, "\(kernels.name)")
    }
    #expect(scalar.largest == values.max())
    #expect(scalar.index == values.firstIndex(of: scalar.largest))
    let exact = values.reduce(0.0) { $0 + exp(Double($1) - Double(scalar.largest)) }
    #expect(abs(scalar.sum - exact) <= 3e-6 * exact)
  }

  @Test func `the largest is the first among equals, wherever they stand`() {
    for count in 1...70 {
      for place in 0..<count {
        var values = [Float](repeating: 1, count: count)
        for index in place..<count where index == place || index % 3 == 0 { values[index] = 2 }
        for kernels in Kernels.available {
          let statistics = kernels.logitStatistics(KernelValues.buffer(values), at: 0, n: count)
          #expect(statistics.index == place)
        }
      }
    }
  }

  @Test func `NaN and infinities show in the sum`() {
    func statistics(_ values: [Float], _ kernels: Kernels) -> LogitStatistics {
      kernels.logitStatistics(KernelValues.buffer(values), at: 0, n: values.count)
    }
    for kernels in Kernels.available {
      let low = statistics([Float](repeating: -.infinity, count: 40), kernels)
      #expect(low == LogitStatistics(largest: -.infinity, index: 0, sum: 0))
      let some = statistics([-.infinity, 3] + [Float](repeating: -.infinity, count: 40), kernels)
      #expect(some == LogitStatistics(largest: 3, index: 1, sum: 1))
      let broken = statistics([1, .nan] + [Float](repeating: 0, count: 40), kernels)
      #expect(broken.largest == 1 && broken.index == 0 && broken.sum.isNaN)
      #expect(statistics([1, .infinity, 2], kernels).sum.isNaN)
    }
  }

  @Test(arguments: [LETHE_SILU, LETHE_GELU, LETHE_GELU_TANH, LETHE_RELU, LETHE_SIGMOID])
  func `a gate is an activation and a product`(_ function: lethe_activation) {
    for count in [1, 16, 77] {
      var numbers = KernelValues(seed: count)
      let gates = numbers.floats(count + 2, .broken).map { 5 * $0 }
      let values = numbers.floats(count + 2)
      let expected = KernelValues.buffer(gates)
      Kernels.available[0].activate(expected, function, at: 2, n: count)
      for kernels in Kernels.available {
        let product = KernelValues.buffer(values)
        kernels.gate(KernelValues.buffer(gates), product, function, at: 2, n: count)
        for index in 2..<count + 2 {
          let exact = expected[index] * values[index]
          #expect(product[index] == exact || product[index].isNaN && exact.isNaN)
        }
        #expect(product[0] == values[0] && product[1] == values[1])
      }
    }
  }
}
