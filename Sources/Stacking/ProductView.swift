package import GDALAdapter
internal import Geometry
package import Product
internal import Storage

/// What to take from a product's pixels.
package struct MaskingRules: Sendable, Codable, Hashable {
  /// Scene classes that mask a pixel.
  package var maskClasses: Set<UInt8>
  /// Pixels dropped around missing data.
  package var swathEdgeMargin: Int

  package init(maskClasses: Set<UInt8> = SceneClass.defaultMask, swathEdgeMargin: Int = 2) {
    self.maskClasses = maskClasses
    self.swathEdgeMargin = swathEdgeMargin
  }
}

extension ViewRaster {
  private static let rowsAtOnce = 1024

  /// Decodes one revisit, mosaicking the parts it was delivered in (split datastrips of one datatake).
  ///
  /// Where parts overlap the clear pixel wins, the first part on a tie, so that identical duplicates change nothing.
  /// - Parameters:
  ///   - parts: products of one revisit, on the same grid with the same bands.
  ///   - scratch: folder for the mapped file and for members of zip archives.
  /// - Throws: `GDALError`, `StorageError`, `StackingError`.
  package static func load(parts: [Product], rules: MaskingRules, scratch: String, name: String) throws -> ViewRaster {
    guard let first = parts.first else { throw StackingError("a view needs at least one product") }
    for part in parts.dropFirst() where part.grid != first.grid {
      throw StackingError("\(part.name) lies on another grid than \(first.name)")
    }
    let view = try ViewRaster(
      name: name, bands: first.bands.count, size: first.grid.size, scratch: "\(scratch)/\(name).counts")
    for (index, part) in parts.enumerated() { try view.add(part, isFirst: index == 0, rules: rules, scratch: scratch) }
    view.trimSwathEdge(margin: rules.swathEdgeMargin)
    view.release()
    return view
  }

  /// Blocks of pixels that the scene classes mask altogether are not decoded.
  /// - Parameter isFirst: nothing was written before: every pixel is.
  private func add(_ part: Product, isFirst: Bool, rules: MaskingRules, scratch: String) throws {
    let classes = try LocalRaster(part.sceneClassification, scratch: scratch)
    let bandFiles = try part.bands.map { try LocalRaster($0.file, scratch: scratch) }
    defer { (bandFiles + [classes]).forEach { $0.discard() } }
    let conversion = CountConversion(part.bands, rules: rules, isFirst: isFirst, columns: size.columns)
    let block = try bandFiles.map { try $0.file.blockSize(ofBand: 0).columns }.max() ?? size.columns
    var raw = [UInt16](repeating: 0, count: bands * min(Self.rowsAtOnce, size.rows) * size.columns)
    for start in stride(from: 0, to: size.rows, by: Self.rowsAtOnce) {
      let window = PixelWindow(
        row: start, column: 0, rows: min(Self.rowsAtOnce, size.rows - start), columns: size.columns)
      let half = PixelWindow(row: start / 2, column: 0, rows: (window.rows + 1) / 2, columns: size.columns / 2)
      let scene = try classes.file.read(UInt8.self, band: 0, window: half)
      let used = conversion.usedColumns(scene, block: block)
      try raw.withUnsafeMutableBufferPointer { raw in
        for (band, file) in bandFiles.enumerated() {
          let plane = UnsafeMutableBufferPointer(
            rebasing: raw[(band * window.pixelCount)..<((band + 1) * window.pixelCount)])
          if used != [0..<size.columns] { plane.update(repeating: CountConversion.unread) }
          for columns in used {
            try file.file.read(
              band: 0,
              window: PixelWindow(row: start, column: columns.lowerBound, rows: window.rows, columns: columns.count),
              into: UnsafeMutableBufferPointer(rebasing: plane[columns.lowerBound...]), rowStep: size.columns)
          }
        }
        scene.withUnsafeBufferPointer { scene in
          for row in 0..<window.rows {
            let samples = (0..<bands).map { band -> UnsafePointer<UInt16> in
              UnsafePointer(raw.baseAddress! + (band * window.rows + row) * size.columns)
            }
            let targets = (0..<bands).map { band in counts(band: band).baseAddress! + (start + row) * size.columns }
            conversion.convertRow(samples, scene: scene.baseAddress! + row / 2 * half.columns, to: targets)
          }
        }
      }
      release()
    }
  }

  /// Reflectance as a count, kept inside the range of valid counts.
  package static func count(ofReflectance reflectance: Float) -> Int16 {
    let count = (reflectance * countsPerReflectance).rounded()
    return Int16(min(max(count, Float(lowestCount)), 32_767))
  }
}

/// A raster that can be read at random: members of zip archives are copied to scratch first, since seeking inside a
/// deflated member starts again from its beginning.
private final class LocalRaster {
  let file: RasterFile
  private let copy: String?

  init(_ source: ProductFile, scratch: String) throws {
    var path = source.path
    var copy: String?
    if path.hasPrefix("/vsizip/") {
      let name = path.split(separator: "/").last.map(String.init) ?? "member"
      let local = "\(scratch)/\(name)"
      try VirtualFile.copy(path, to: local, limit: source.size)
      path = local
      copy = local
    }
    self.copy = copy
    file = try RasterFile.open(path, drivers: ["JP2OpenJPEG", "GTiff"])
  }

  func discard() {
    try? file.close()
    if let copy { try? Folder.remove(copy) }
  }
}

/// Scene classes of a revisit delivered in several parts: per pixel the first part that saw it.
/// - Returns: number of 20 m pixels in each of the 12 classes.
/// - Throws: `GDALError`.
package func mosaickedClassCounts(_ parts: [Product]) throws(GDALError) -> [Int] {
  if parts.count == 1 { return parts[0].sceneClassCounts }
  var merged: [UInt8] = []
  for part in parts {
    let file = try RasterFile.open(part.sceneClassification.path, drivers: ["JP2OpenJPEG", "GTiff"])
    let classes = try file.read(UInt8.self, band: 0, window: file.size.window)
    if merged.isEmpty {
      merged = classes
    } else {
      for index in 0..<min(merged.count, classes.count) where merged[index] == 0 { merged[index] = classes[index] }
    }
  }
  var counts = [Int](repeating: 0, count: 12)
  for value in merged where value < 12 { counts[Int(value)] += 1 }
  return counts
}
