import CKernels
import Core
import Foundation

// The only file that touches the functions of OpenBLAS. Like Panel.swift it touches memory by
// address.

/// The functions of BLAS and LAPACK that spectra need, from OpenBLAS, loaded at first use.
///
/// The library is not linked: that would cost every start of the program 7 ms. Each call works on
/// the thread that makes it alone; parallelism is that of ``Core/WorkGroup``. The same call with
/// the same values gives the same bits.
@safe struct LinearAlgebra: Sendable {
  /// A function without or with its arguments turned.
  enum Turn: Int32 {
    case asIs = 111
    case transposed = 112
  }

  private static let columnMajor: Int32 = 102
  private static let upper: Int32 = 121

  private typealias Sgemm =
    @convention(c) @Sendable (
      Int32, Int32, Int32, Int32, Int32, Int32, Float, UnsafePointer<Float>, Int32,
      UnsafePointer<Float>, Int32, Float, UnsafeMutablePointer<Float>, Int32
    ) -> Void
  private typealias Dgemm =
    @convention(c) @Sendable (
      Int32, Int32, Int32, Int32, Int32, Int32, Double, UnsafePointer<Double>, Int32,
      UnsafePointer<Double>, Int32, Double, UnsafeMutablePointer<Double>, Int32
    ) -> Void
  private typealias Syrk =
    @convention(c) @Sendable (
      Int32, Int32, Int32, Int32, Int32, Double, UnsafePointer<Double>, Int32, Double,
      UnsafeMutablePointer<Double>, Int32
    ) -> Void
  /// SGEQRF: m, n, a, lda, tau, work, lwork, info.
  private typealias Sgeqrf =
    @convention(c) @Sendable (
      UnsafePointer<Int32>, UnsafePointer<Int32>, UnsafeMutablePointer<Float>,
      UnsafePointer<Int32>, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>,
      UnsafePointer<Int32>, UnsafeMutablePointer<Int32>
    ) -> Void
  /// DGEQRF, likewise.
  private typealias Dgeqrf =
    @convention(c) @Sendable (
      UnsafePointer<Int32>, UnsafePointer<Int32>, UnsafeMutablePointer<Double>,
      UnsafePointer<Int32>, UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>,
      UnsafePointer<Int32>, UnsafeMutablePointer<Int32>
    ) -> Void
  /// SORGQR: m, n, k, a, lda, tau, work, lwork, info.
  private typealias Orgqr =
    @convention(c) @Sendable (
      UnsafePointer<Int32>, UnsafePointer<Int32>, UnsafePointer<Int32>,
      UnsafeMutablePointer<Float>, UnsafePointer<Int32>, UnsafeMutablePointer<Float>,
      UnsafeMutablePointer<Float>, UnsafePointer<Int32>, UnsafeMutablePointer<Int32>
    ) -> Void
  /// DSYEVR: jobz, range, uplo, n, a, lda, vl, vu, il, iu, abstol, m, w, z, ldz, isuppz, work,
  /// lwork, iwork, liwork, info, and the lengths of the three texts.
  private typealias Syevr =
    @convention(c) @Sendable (
      UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafePointer<Int32>,
      UnsafeMutablePointer<Double>, UnsafePointer<Int32>, UnsafePointer<Double>,
      UnsafePointer<Double>, UnsafePointer<Int32>, UnsafePointer<Int32>, UnsafePointer<Double>,
      UnsafeMutablePointer<Int32>, UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>,
      UnsafePointer<Int32>, UnsafeMutablePointer<Int32>, UnsafeMutablePointer<Double>,
      UnsafePointer<Int32>, UnsafeMutablePointer<Int32>, UnsafePointer<Int32>,
      UnsafeMutablePointer<Int32>, Int, Int, Int
    ) -> Void
  /// DGESDD: jobz, m, n, a, lda, s, u, ldu, vt, ldvt, work, lwork, iwork, info, and the length of
  /// the text.
  private typealias Gesdd =
    @convention(c) @Sendable (
      UnsafePointer<CChar>, UnsafePointer<Int32>, UnsafePointer<Int32>,
      UnsafeMutablePointer<Double>, UnsafePointer<Int32>, UnsafeMutablePointer<Double>,
      UnsafeMutablePointer<Double>, UnsafePointer<Int32>, UnsafeMutablePointer<Double>,
      UnsafePointer<Int32>, UnsafeMutablePointer<Double>, UnsafePointer<Int32>,
      UnsafeMutablePointer<Int32>, UnsafeMutablePointer<Int32>, Int
    ) -> Void
  private typealias SetThreads = @convention(c) @Sendable (Int32) -> Void

  private let sgemm: Sgemm
  private let dgemm: Dgemm
  private let dsyrk: Syrk
  private let sgeqrf: Sgeqrf
  private let dgeqrf: Dgeqrf
  private let sorgqr: Orgqr
  private let dsyevr: Syevr
  private let dgesdd: Gesdd

  /// The names that the library goes by on Debian, Fedora, Arch and macOS.
  private static let names = [
    "libopenblas.so.0", "libopenblas.so", "libopenblasp.so.0", "libopenblas.dylib",
    "/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
  ]

  private static let loaded = Result { try LinearAlgebra() }

  /// The functions.
  ///
  /// - Throws: ``Core/InputError`` if there is no OpenBLAS, or one without LAPACK.
  static func load() throws -> LinearAlgebra { try loaded.get() }

  private init() throws {
    // OpenBLAS 0.3.21 of Debian takes AMD processors with AVX-512 for the older Haswell and runs
    // at half their speed. What the user has set stands.
    if lethe_best_kernel_set().rawValue >= LETHE_KERNELS_AVX512.rawValue {
      _ = unsafe setenv("OPENBLAS_CORETYPE", "SkylakeX", 0)
    }
    // Else it starts threads when it is loaded.
    _ = unsafe setenv("OPENBLAS_NUM_THREADS", "1", 1)
    var library = Library()
    for name in Self.names where !library.isOpen { library = Library(name) }
    guard library.isOpen else { throw SpectrumError.noLibrary(names: Self.names) }
    unsafe sgemm = try library.function("cblas_sgemm")
    unsafe dgemm = try library.function("cblas_dgemm")
    unsafe dsyrk = try library.function("cblas_dsyrk")
    unsafe sgeqrf = try library.function("sgeqrf_")
    unsafe dgeqrf = try library.function("dgeqrf_")
    unsafe sorgqr = try library.function("sorgqr_")
    unsafe dsyevr = try library.function("dsyevr_")
    unsafe dgesdd = try library.function("dgesdd_")
    let setThreads: SetThreads = try library.function("openblas_set_num_threads")
    setThreads(1)
  }

  // MARK: - Products

  /// target ← factor · left · right + (adding ? target : 0), in 32-bit floats.
  func multiply(
    _ left: Block<Float>, _ leftTurn: Turn = .asIs, by right: Block<Float>,
    _ rightTurn: Turn = .asIs, factor: Float = 1, into target: Block<Float>, adding: Bool = false
  ) {
    let inner = Self.innerSize(left, leftTurn, right, rightTurn, target)
    guard target.rowCount > 0, target.columnCount > 0 else { return }
    unsafe sgemm(
      Self.columnMajor, leftTurn.rawValue, rightTurn.rawValue, Int32(target.rowCount),
      Int32(target.columnCount), Int32(inner), factor, left.start, Int32(left.stride), right.start,
      Int32(right.stride), adding ? 1 : 0, target.start, Int32(target.stride))
  }

  /// target ← factor · left · right + (adding ? target : 0), in 64-bit floats.
  func multiply(
    _ left: Block<Double>, _ leftTurn: Turn = .asIs, by right: Block<Double>,
    _ rightTurn: Turn = .asIs, factor: Double = 1, into target: Block<Double>, adding: Bool = false
  ) {
    let inner = Self.innerSize(left, leftTurn, right, rightTurn, target)
    guard target.rowCount > 0, target.columnCount > 0 else { return }
    unsafe dgemm(
      Self.columnMajor, leftTurn.rawValue, rightTurn.rawValue, Int32(target.rowCount),
      Int32(target.columnCount), Int32(inner), factor, left.start, Int32(left.stride), right.start,
      Int32(right.stride), adding ? 1 : 0, target.start, Int32(target.stride))
  }

  /// The size that the factors of a product have in common; checks all sizes.
  private static func innerSize<Scalar>(
    _ left: Block<Scalar>, _ leftTurn: Turn, _ right: Block<Scalar>, _ rightTurn: Turn,
    _ target: Block<Scalar>
  ) -> Int {
    let inner = leftTurn == .asIs ? left.columnCount : left.rowCount
    precondition(
      (leftTurn == .asIs ? left.rowCount : left.columnCount) == target.rowCount
        && (rightTurn == .asIs ? right.columnCount : right.rowCount) == target.columnCount
        && (rightTurn == .asIs ? right.rowCount : right.columnCount) == inner,
      "the sizes of a product agree")
    return inner
  }

  /// Adds the upper triangle of M·Mᵀ, or of Mᵀ·M, to a matrix.
  func addSquare(_ matrix: Block<Double>, _ turn: Turn, to target: Block<Double>) {
    let size = turn == .asIs ? matrix.rowCount : matrix.columnCount
    let inner = turn == .asIs ? matrix.columnCount : matrix.rowCount
    precondition(target.rowCount == size && target.columnCount == size)
    guard size > 0 else { return }
    unsafe dsyrk(
      Self.columnMajor, Self.upper, turn.rawValue, Int32(size), Int32(inner), 1, matrix.start,
      Int32(matrix.stride), 1, target.start, Int32(target.stride))
  }

  // MARK: - Factors

  /// Replaces the columns, at most as many as the rows, by an orthonormal basis of their space.
  ///
  /// - Returns: The triangle R that the basis is multiplied with to give the columns, row by row.
  @discardableResult
  func orthonormalize(_ columns: Block<Float>) throws -> [[Float]] {
    precondition(columns.columnCount <= columns.rowCount)
    guard columns.columnCount > 0 else { return [] }
    var tau = [Float](repeating: 0, count: columns.columnCount)
    var work = [Float](repeating: 0, count: 64 * columns.columnCount)
    var (rows, count, stride) = Self.sizes(columns)
    var (length, info) = (Int32(work.count), Int32(0))
    unsafe sgeqrf(&rows, &count, columns.start, &stride, &tau, &work, &length, &info)
    guard info == 0 else { throw SpectrumError.noConvergence("sgeqrf", code: Int(info)) }
    let triangle = Self.upperTriangle(columns)
    var size = count
    unsafe sorgqr(&rows, &count, &size, columns.start, &stride, &tau, &work, &length, &info)
    guard info == 0 else { throw SpectrumError.noConvergence("sorgqr", code: Int(info)) }
    return triangle
  }

  /// The triangle R of a QR factorisation, row by row; the columns are overwritten.
  func triangle(_ columns: Block<Double>) throws -> [[Double]] {
    guard columns.columnCount > 0, columns.rowCount > 0 else { return [] }
    var tau = [Double](repeating: 0, count: min(columns.rowCount, columns.columnCount))
    var work = [Double](repeating: 0, count: 64 * columns.columnCount)
    var (rows, count, stride) = Self.sizes(columns)
    var (length, info) = (Int32(work.count), Int32(0))
    unsafe dgeqrf(&rows, &count, columns.start, &stride, &tau, &work, &length, &info)
    guard info == 0 else { throw SpectrumError.noConvergence("dgeqrf", code: Int(info)) }
    return Self.upperTriangle(columns)
  }

  private static func upperTriangle<Scalar>(_ block: Block<Scalar>) -> [[Scalar]] {
    (0..<min(block.rowCount, block.columnCount)).map { row in
      (0..<block.columnCount).map { column in
        column < row ? 0 : unsafe block.start[column * block.stride + row]
      }
    }
  }

  private static func sizes<Scalar>(
    _ block: Block<Scalar>
  ) -> (rows: Int32, columns: Int32, stride: Int32) {
    (Int32(block.rowCount), Int32(block.columnCount), Int32(block.stride))
  }

  // MARK: - Spectra

  /// The largest eigenvalues of a symmetric matrix, and their vectors.
  ///
  /// - Parameters:
  ///   - matrix: Its upper triangle is read; all of it is overwritten.
  ///   - count: How many are wanted, at most its size.
  ///   - vectors: Receives one column for each value, in the order of the values; `nil` for none.
  /// - Returns: The values, the smallest first.
  /// - Throws: ``Core/InputError`` if LAPACK gives up.
  func eigenvalues(
    of matrix: Block<Double>, count: Int, vectors: Panel<Double>? = nil
  ) throws -> [Double] {
    let size = matrix.rowCount
    precondition(matrix.columnCount == size && count <= size)
    if let vectors { precondition(vectors.rowCount == size && vectors.columnCount >= count) }
    guard count > 0 else { return [] }
    var values = [Double](repeating: 0, count: size)
    var support = [Int32](repeating: 0, count: 2 * size)
    var work = [Double](repeating: 0, count: 66 * size)
    var integers = [Int32](repeating: 0, count: 10 * size)
    var (n, stride) = (Int32(size), Int32(matrix.stride))
    var (first, last) = (Int32(size - count + 1), Int32(size))
    var (workCount, integerCount) = (Int32(work.count), Int32(integers.count))
    var (info, found): (Int32, Int32) = (0, 0)
    var (none, tolerance) = (0.0, 0.0)
    var vectorStride = Int32(max(1, size))
    var unused = 0.0
    try unsafe withUnsafeMutablePointer(to: &unused) { unused in
      let target = unsafe vectors?.start ?? unused
      unsafe dsyevr(
        vectors == nil ? "N" : "V", count == size ? "A" : "I", "U", &n, matrix.start, &stride,
        &none, &none, &first, &last, &tolerance, &found, &values, target, &vectorStride, &support,
        &work, &workCount, &integers, &integerCount, &info, 1, 1, 1)
      guard info == 0, Int(found) == count else {
        throw SpectrumError.noConvergence("dsyevr", code: Int(info))
      }
    }
    return Array(values.prefix(count))
  }

  /// All singular values of a matrix, the largest first; the matrix is overwritten.
  func singularValues(of matrix: Block<Double>) throws -> [Double] {
    let size = min(matrix.rowCount, matrix.columnCount)
    guard size > 0 else { return [] }
    var values = [Double](repeating: 0, count: size)
    var integers = [Int32](repeating: 0, count: 8 * size)
    var (m, n, stride) = Self.sizes(matrix)
    var (query, info) = (Int32(-1), Int32(0))
    var (left, right, workSize, one) = (0.0, 0.0, 0.0, Int32(1))
    unsafe dgesdd(
      "N", &m, &n, matrix.start, &stride, &values, &left, &one, &right, &one, &workSize, &query,
      &integers, &info, 1)
    var work = [Double](repeating: 0, count: max(1, Int(workSize)))
    var workCount = Int32(clamping: work.count)
    unsafe dgesdd(
      "N", &m, &n, matrix.start, &stride, &values, &left, &one, &right, &one, &work, &workCount,
      &integers, &info, 1)
    guard info == 0 else { throw SpectrumError.noConvergence("dgesdd", code: Int(info)) }
    return values
  }
}

/// A shared library that stays open.
@safe private struct Library {
  private let handle: UnsafeMutableRawPointer?
  private let name: String

  /// No library.
  init() {
    unsafe handle = nil
    name = ""
  }

  init(_ name: String) {
    unsafe handle = dlopen(name, RTLD_NOW | RTLD_LOCAL)
    self.name = name
  }

  var isOpen: Bool { unsafe handle != nil }

  /// One of its functions; the type is trusted.
  func function<Function>(_ symbol: String) throws -> Function {
    guard let address = unsafe dlsym(handle, symbol) else {
      throw SpectrumError.noSymbol(symbol, library: name)
    }
    return unsafe unsafeBitCast(address, to: Function.self)
  }
}
