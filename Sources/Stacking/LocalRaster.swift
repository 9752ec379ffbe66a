internal import GDALAdapter
internal import Product
internal import Storage

/// A raster that can be read at random: members of zip archives are copied to scratch first, since seeking inside a
/// deflated member starts again from its beginning.
final class LocalRaster {
  let file: RasterFile
  private let path: String
  private let copy: String?
  private let mark: FileMark?

  /// - Parameter name: begins the name of a copy in scratch, another one for each raster.
  init(_ source: ProductFile, scratch: String, name: String) throws {
    var path = source.path
    var copy: String?
    if path.hasPrefix("/vsizip/") {
      let member = path.split(separator: "/").last.map(String.init) ?? "member"
      let local = "\(scratch)/\(name)-\(member)"
      try VirtualFile.copy(path, to: local, limit: source.size)
      path = local
      copy = local
    }
    self.copy = copy
    self.path = path
    mark = FileMark(path)
    file = try RasterFile.open(path, drivers: ["JP2OpenJPEG", "GTiff"])
  }

  /// - Throws: `GDALError` where the file was written to since it was opened: what was read of it may not belong together.
  func requireUnchanged() throws(GDALError) {
    guard let mark, let now = FileMark(path), mark.isRewritten(as: now) else { return }
    throw GDALError(call: "read", path: path, message: "the file was written to while it was read; deliver it again")
  }

  func discard() {
    try? file.close()
    if let copy { try? Folder.remove(copy) }
  }
}
