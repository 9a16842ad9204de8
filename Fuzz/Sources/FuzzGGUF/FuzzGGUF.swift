import FuzzSupport

/// Opens the input as a GGUF file.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: bytes, count: count))
  openCheckpoint(.gguf, input)
  return 0
}
