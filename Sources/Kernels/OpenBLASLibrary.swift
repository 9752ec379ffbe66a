internal import COpenBLAS
private import Foundation

/// The OpenBLAS library, loaded with the first call of one of its functions.
private enum OpenBLASLibrary {
  private static let name = "libopenblas.so.0"

  // Written once, before anybody reads it; never closed.
  private nonisolated(unsafe) static let handle: UnsafeMutableRawPointer = {
    guard let handle = dlopen(name, RTLD_LAZY | RTLD_LOCAL) else { fail(String(cString: dlerror())) }
    return handle
  }()

  /// The function `symbol`, which has the type its header gives it (`supertile_<symbol>` in shim.h).
  static func function<Function>(_ symbol: String, _: Function.Type) -> Function {
    guard let address = dlsym(handle, symbol) else { fail("it has no \(symbol)") }
    return unsafeBitCast(address, to: Function.self)
  }

  private static func fail(_ reason: String) -> Never {
    FileHandle.standardError.write(Data("\(name) cannot be used: \(reason); install libopenblas0\n".utf8))
    exit(1)
  }
}

// The functions under their own names, which hide the declarations that nothing is linked to.
let openblas_set_num_threads = OpenBLASLibrary.function(
  "openblas_set_num_threads", supertile_openblas_set_num_threads.self)
let cblas_sgemm = OpenBLASLibrary.function("cblas_sgemm", supertile_cblas_sgemm.self)
