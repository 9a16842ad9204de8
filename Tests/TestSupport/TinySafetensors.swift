/// Writes safetensors files of a few tensors.
public enum TinySafetensors {
  /// A file with tensors one after the other.
  public static func bytes(_ tensors: [TinyTensor], metadata: [String: String] = [:]) -> [UInt8] {
    var entries: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\"\($0.value)\"" }
      entries.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
    }
    var data: [UInt8] = []
    for tensor in tensors {
      let end = data.count + tensor.bytes.count
      entries.append(
        entry(tensor.name, tensor.dtype, tensor.shape, begin: data.count, end: end))
      data += tensor.bytes
    }
    return bytes(header: "{\(entries.joined(separator: ","))}", data: data)
  }

  /// A file with any header.
  public static func bytes(header: String, data: [UInt8] = []) -> [UInt8] {
    littleEndian(UInt64(header.utf8.count)) + Array(header.utf8) + data
  }

  /// A header's entry for one tensor.
  public static func entry(
    _ name: String, _ dtype: String, _ shape: [Int], begin: Int, end: Int
  ) -> String {
    "\"\(name)\":{\"dtype\":\"\(dtype)\",\"shape\":\(shape),\"data_offsets\":[\(begin),\(end)]}"
  }
}
