internal import GDALAdapter
internal import Geometry
internal import Product
internal import Storage

/// A raster that can be read at random: members of zip archives are copied to scratch first, since seeking inside a
/// deflated member starts again from its beginning.
///
/// What cannot be read is damaged (`GDALError`) only where the system can read the bytes: a failing disk or a file server
/// that does not answer is a `StorageError`, no matter of the product.
final class LocalRaster {
  private let file: RasterFile
  /// What is open: the product's file, or the copy.
  private let path: String
  /// What errors name.
  private let source: String
  private var copy: String?
  private let mark: FileMark?

  /// - Parameter name: begins the name of a copy in scratch, another one for each raster.
  /// - Throws: `GDALError`, `StorageError`.
  init(_ source: ProductFile, scratch: String, name: String) throws {
    var path = source.path
    var copy: String?
    if path.hasPrefix("/vsizip/") {
      let member = path.split(separator: "/").last.map(String.init) ?? "member"
      let local = "\(scratch)/\(name)-\(member)"
      try Self.judged(path, of: path) { () throws(GDALError) in try Self.copy(source, to: local) }
      path = local
      copy = local
    }
    self.copy = copy
    self.path = path
    self.source = source.path
    mark = FileMark(path)
    do {
      file = try Self.judged(path, of: source.path) { () throws(GDALError) in
        try RasterFile.open(path, drivers: ["JP2OpenJPEG", "GTiff"])
      }
    } catch {
      if let copy { try? Folder.remove(copy) }
      throw error
    }
  }

  /// Rows and columns of a block.
  func blockSize() throws -> RasterSize { try file.blockSize(ofBand: 0) }

  /// - Throws: `GDALError`, `StorageError`.
  func read<Sample: RasterSample & FixedWidthInteger>(_ type: Sample.Type, window: PixelWindow) throws -> [Sample] {
    try Self.judged(path, of: source) { () throws(GDALError) in try file.read(type, band: 0, window: window) }
  }

  /// - Throws: `GDALError`, `StorageError`.
  func read<Sample: RasterSample>(
    window: PixelWindow, into samples: UnsafeMutableBufferPointer<Sample>, rowStep: Int
  ) throws {
    try Self.judged(path, of: source) { () throws(GDALError) in
      try file.read(band: 0, window: window, into: samples, rowStep: rowStep)
    }
  }

  private static func copy(_ source: ProductFile, to local: String) throws(GDALError) {
    let count = try VirtualFile.copy(source.path, to: local, limit: source.size)
    guard count == source.size else {
      try? Folder.remove(local)
      throw GDALError(
        call: "read", path: source.path, message: "it ends after \(count) of \(source.size) bytes; deliver it again")
    }
  }

  /// What `body` gives, or why it could not be read: the machine's fault where the system cannot read the file either, else
  /// the product's, also where a copy of its file is read.
  private static func judged<Result>(
    _ path: String, of source: String, _ body: () throws(GDALError) -> Result
  ) throws -> Result {
    do { return try body() } catch {
      guard error.isAboutReading else { throw error }
      try FileProbe.check(VirtualFile.container(of: path))
      throw GDALError(call: error.call, path: source, message: error.message.replacing(path, with: source))
    }
  }

  /// - Throws: `RewrittenFile` where the file was written to since it was opened.
  func requireUnchanged() throws(RewrittenFile) {
    if let mark, let now = FileMark(path), mark.isRewritten(as: now) { throw RewrittenFile(path: path) }
  }

  deinit { discard() }

  /// Closes the file and removes the copy; nothing more the second time.
  func discard() {
    try? file.close()
    if let copy { try? Folder.remove(copy) }
    copy = nil
  }
}
