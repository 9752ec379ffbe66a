internal import GDALAdapter
internal import Geometry

/// Opens images and compares them with what the metadata promise.
struct ImageChecker {
  let content: FileChecker.Content
  /// As MTD_TL.xml says.
  let size: RasterSize

  private var member: String { content.file.member }

  /// Checks a reflectance band.
  /// - Parameter decoding: also decodes all of it: the only proof where there is no digest to trust.
  func checkBand(decoding: Bool) throws(IntakeProblem) {
    let raster = try open(type: .uint16)
    guard decoding else { return }
    do throws(GDALError) { try raster.decodeStrictly(UInt16.self, band: 0) } catch { throw undecodable(error) }
  }

  /// Checks the scene classification, which is decoded in any case.
  /// - Returns: pixels in each of the 12 classes.
  func countClasses() throws(IntakeProblem) -> [Int] {
    let raster = try open(type: .uint8)
    var counts = [Int](repeating: 0, count: 256)
    do throws(GDALError) {
      try raster.decodeStrictly(UInt8.self, band: 0) { for pixel in $0 { counts[Int(pixel)] += 1 } }
    } catch { throw undecodable(error) }
    if let stranger = counts.indices.dropFirst(12).first(where: { counts[$0] > 0 }) {
      throw problem(found: "class \(stranger)", expected: "classes 0 to 11")
    }
    return Array(counts.prefix(12))
  }

  private func open(type: SampleType) throws(IntakeProblem) -> RasterFile {
    let isTIFF = member.hasSuffix(".tif")
    if !isTIFF,
      let objection = Codestream.objection(head: content.head, tail: content.tail, size: content.file.size)
    {
      throw problem(found: objection, expected: "a whole JPEG 2000 file")
    }
    let raster: RasterFile
    do throws(GDALError) {
      raster = try RasterFile.open(content.file.path, drivers: [isTIFF ? "GTiff" : "JP2OpenJPEG"])
    } catch {
      throw problem(found: "an image that cannot be opened (\(error.message))", expected: "a whole image")
    }
    guard raster.size == size else {
      throw problem(
        found: "\(raster.size.rows) x \(raster.size.columns) pixels",
        expected: "\(size.rows) x \(size.columns) as in MTD_TL.xml")
    }
    let found = try? raster.type(ofBand: 0)
    guard raster.bandCount == 1, found == type else {
      throw problem(
        found: "\(raster.bandCount) bands of \(found?.rawValue ?? "nothing")", expected: "one band of \(type.rawValue)")
    }
    return raster
  }

  private func undecodable(_ error: GDALError) -> IntakeProblem {
    problem(found: "pixels that cannot be decoded (\(error.message))", expected: "a whole image")
  }

  private func problem(found: String, expected: String) -> IntakeProblem {
    IntakeProblem(subject: member, found: found, expected: expected, advice: Advice.downloadAgain)
  }
}
