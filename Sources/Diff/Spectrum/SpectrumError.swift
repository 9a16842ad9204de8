import Core

/// What keeps spectra from being computed.
enum SpectrumError {
  static func noMemory(byteCount: Int) -> InputError {
    InputError("spectrum: no memory for a matrix of \(byteCount) bytes")
  }

  static func noLibrary(names: [String]) -> InputError {
    InputError(
      "spectrum: OpenBLAS cannot be loaded, there is none of \(names.joined(separator: ", "))",
      hint: "install it: 'Scripts/setup', or the package libopenblas0-pthread of Debian and Ubuntu")
  }

  static func noSymbol(_ name: String, library: String) -> InputError {
    InputError(
      "spectrum: \(library) has no function '\(name)'",
      hint: "install an OpenBLAS with LAPACK, such as the package libopenblas0-pthread")
  }

  static func noConvergence(_ routine: String, code: Int) -> InputError {
    InputError("spectrum: LAPACK's \(routine) did not converge (info \(code))")
  }
}
