internal import CGDAL
internal import Foundation

/// Process-wide set-up of GDAL.
package enum GDALRuntime {
  private static let started: Void = {
    GDALAllRegister()
    // Errors reach the caller as thrown values, never as lines on stderr.
    _ = CPLSetErrorHandler(CPLQuietErrorHandler)
    // Parallelism comes from Supertile's own workers.
    CPLSetConfigOption("GDAL_NUM_THREADS", "1")
    CPLSetConfigOption("GDAL_CACHEMAX", "256")
    // As Info-ZIP writes them, without saying so; else names would be taken for those of MS-DOS.
    CPLSetConfigOption("CPL_ZIP_ENCODING", "UTF-8")
    // A product folder is described by its own metadata: no directory listings, no .aux.xml beside it.
    CPLSetConfigOption("GDAL_PAM_ENABLED", "NO")
    CPLSetConfigOption("GDAL_DISABLE_READDIR_ON_OPEN", "TRUE")
    // JP2 geometry comes from MTD_TL.xml: the GML box gives pixel centres, and may point at external schemas.
    CPLSetConfigOption("GDAL_GEOREF_SOURCES", "NONE")
  }()

  /// Registers the drivers; cheap when called again. Every entry point of this adapter calls it.
  package static func start() { _ = started }

  /// GDAL's version, `3.6.2`.
  package static var version: String {
    start()
    return GDALVersionInfo("RELEASE_NAME").map { String(cString: $0) } ?? ""
  }

  /// Runs `body` with a fresh error state and returns its result with the worst error GDAL reported meanwhile on
  /// this thread (nil if none).
  static func capturingErrors<Result>(_ body: () throws -> Result) rethrows -> (Result, String?) {
    start()
    CPLErrorReset()
    let result = try body()
    let failed = CPLGetLastErrorType().rawValue >= CE_Failure.rawValue
    return (result, failed ? text : nil)
  }

  static var lastMessage: String {
    text.isEmpty ? "no further detail" : text
  }

  private static var text: String { CPLGetLastErrorMsg().map { String(cString: $0) } ?? "" }
}
