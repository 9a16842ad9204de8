import Core
import FuzzSupport

@testable import Formats

/// Reads the input as a pickle, and as a file in the format before zip archives.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: bytes, count: count))
  do {
    var unpickler = Unpickler(ByteCursor(MappedFile(path: "input", contents: input)))
    let value = try unpickler.load()
    _ = try StateDict(value, unpickler.heap, byteCount: count)
  } catch {
    _ = "\(error)"
  }
  openCheckpoint(.pytorch, input)
  return 0
}
