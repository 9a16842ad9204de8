import Formats

/// A checkpoint whose values are given, all as 32-bit floats.
struct MemorySource: TensorSource {
  var path: String
  var tensors: [TensorInfo] = []
  var config: ModelConfig?
  private var values: [String: [Float]] = [:]

  init(_ path: String, config: ModelConfig? = nil) {
    self.path = path
    self.config = config
  }

  /// Adds a tensor, by a name such as `blk.1.attn_q.weight` for one with a role.
  func with(
    _ name: String, role: Role? = nil, shape: [Int]? = nil, dtype: DType = .f32, _ values: [Float]
  ) -> MemorySource {
    var copy = self
    copy.tensors.append(
      TensorInfo(
        name: name, role: role, shape: shape ?? [values.count], dtype: dtype,
        elementCount: values.count, byteCount: 4 * values.count, shardIndex: 0, fileOffset: 0))
    copy.values[name] = values
    return copy
  }

  func decode(
    _ tensor: TensorInfo, elements: Range<Int>, order: RowOrder,
    into output: inout MutableSpan<Float>
  ) throws(CheckpointError) {
    let all = values[tensor.name] ?? []
    for (place, element) in elements.enumerated() { output[place] = all[element] }
  }
}

extension Role {
  static func attnQ(_ layer: Int) -> Role {
    Role(stack: .decoder, layer: layer, component: .attn_q, parameter: .weight)
  }
  static func attnNorm(_ layer: Int) -> Role {
    Role(stack: .decoder, layer: layer, component: .attn_norm, parameter: .weight)
  }
  static let embedding = Role(
    stack: .decoder, layer: nil, component: .token_embd, parameter: .weight)
  static let head = Role(stack: .decoder, layer: nil, component: .output, parameter: .weight)
}
