internal import COpenBLAS

/// OpenBLAS, one thread a call: parallelism comes from Supertile's workers.
enum BLAS {
  private static let started: Void = openblas_set_num_threads(1)

  /// C = A x B + (accumulate ? C : 0), row-major. A: m x k, B: k x n, C: m x n, leading dimensions as given.
  static func multiply(
    m: Int, n: Int, k: Int, a: UnsafePointer<Float>, lda: Int, b: UnsafePointer<Float>, ldb: Int,
    c: UnsafeMutablePointer<Float>, ldc: Int, accumulate: Bool
  ) {
    _ = started
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(m), Int32(n), Int32(k), 1, a, Int32(lda), b, Int32(ldb),
      accumulate ? 1 : 0, c, Int32(ldc))
  }
}
