import Core
import FuzzSupport

@testable import Formats

/// Opens the input as a zip archive, and as one of PyTorch.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: bytes, count: count))
  do {
    _ = try ZipArchive(MappedFile(path: "input", contents: input))
  } catch {
    _ = "\(error)"
  }
  openCheckpoint(.pytorch, input)
  return 0
}
