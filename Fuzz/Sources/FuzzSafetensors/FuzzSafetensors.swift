import FuzzSupport

/// Opens the input as a safetensors file.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: bytes, count: count))
  openCheckpoint(.safetensors, input)
  return 0
}
