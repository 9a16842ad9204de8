import Core

@testable import Formats

/// The formats of single files.
public enum FileFormat {
  case gguf, safetensors, pytorch
}

/// Opens a file as a checkpoint and decodes a little of every tensor; an error is as good a result.
public func openCheckpoint(_ format: FileFormat, _ contents: [UInt8]) {
  let file = MappedFile(path: "input", contents: contents)
  let location: CheckpointLocation =
    switch format {
    case .gguf: .gguf(file)
    case .safetensors: .safetensors(file)
    case .pytorch: .pytorch(file)
    }
  do {
    let checkpoint = try Checkpoint(path: file.path, location)
    for tensor in checkpoint.tensors where tensor.isDecodable {
      _ = try checkpoint.values(of: tensor, elements: 0..<min(tensor.elementCount, 512))
    }
  } catch {
    _ = "\(error)"
  }
}
