internal import GDALAdapter
package import Geometry
package import Product
internal import Storage

/// Decodes a revisit, mosaicking the parts it was delivered in (split datastrips of one datatake), block by block; no
/// block is decoded twice.
///
/// Files stay open while there is something left to decode: a product that is moved or removed meanwhile is read to its
/// end, one that is written to is an error.
///
/// Where parts overlap the clear pixel wins, the first part on a tie, so that identical duplicates change nothing.
///
/// `@unchecked Sendable`: one thread decodes at a time (`ViewSource`), and GDAL lets a dataset change threads as long as
/// one uses it at a time; every call reads its error state before it returns.
package final class RevisitSource: ViewSource, @unchecked Sendable {
  package let view: ViewRaster
  package let piece: RasterSize
  package let swathEdgeMargin: Int
  private var parts: [Part] = []
  private var isDecoded: [Bool]
  private let piecesPerRow: Int

  /// Of a piece, pixels: blocks of a Sentinel-2 band are as large.
  private static let smallestPiece = 1024

  /// A product's files, open.
  private struct Part {
    let bands: [LocalRaster]
    let scene: SceneRaster
    let conversion: CountConversion
    /// Columns of a block.
    let block: Int
  }

  /// Opens the files, and decodes the scene classes.
  /// - Parameters:
  ///   - parts: products of one revisit, on the same grid with the same bands.
  ///   - scratch: folder for the mapped files and for members of zip archives.
  /// - Throws: `GDALError`, `StorageError`, `StackingError`.
  package init(parts products: [Product], rules: MaskingRules, scratch: String, name: String) throws {
    guard let first = products.first else { throw StackingError("a view needs at least one product") }
    for part in products.dropFirst() where part.grid != first.grid {
      throw StackingError("\(part.name) lies on another grid than \(first.name)")
    }
    let size = first.grid.size
    view = try ViewRaster(name: name, bands: first.bands.count, size: size, scratch: "\(scratch)/\(name).counts")
    swathEdgeMargin = rules.swathEdgeMargin
    var block = RasterSize(rows: 1, columns: 1)
    for (index, product) in products.enumerated() {
      let scene = try SceneRaster(product.sceneClassification, size: size, scratch: scratch, name: "\(name).\(index)")
      let bands = try product.bands.enumerated().map {
        try LocalRaster($1.file, scratch: scratch, name: "\(name).\(index).\($0)")
      }
      let blocks = try bands.map { try $0.blockSize() }
      let columns = blocks.map(\.columns).max() ?? size.columns
      block = RasterSize(
        rows: max(block.rows, blocks.map(\.rows).max() ?? 1), columns: max(block.columns, columns))
      parts.append(
        Part(
          bands: bands, scene: scene, conversion: CountConversion(product.bands, rules: rules, isFirst: index == 0),
          block: columns))
    }
    if parts.count > 1 { try yieldEdges(of: parts.map(\.scene), margin: (rules.swathEdgeMargin + 1) / 2) }
    piece = RasterSize(
      rows: Self.piece(block.rows, of: size.rows), columns: Self.piece(block.columns, of: size.columns))
    piecesPerRow = (size.columns + piece.columns - 1) / piece.columns
    isDecoded = [Bool](repeating: false, count: (size.rows + piece.rows - 1) / piece.rows * piecesPerRow)
  }

  /// Whole blocks, an even number of pixels: a scene class belongs to two.
  private static func piece(_ block: Int, of extent: Int) -> Int {
    let piece = (smallestPiece + block - 1) / block * block
    return min(piece % 2 == 0 ? piece : 2 * piece, extent)
  }

  deinit { close() }

  package func close() {
    for part in parts { part.bands.forEach { $0.discard() } }
    parts = []
  }

  /// - Throws: `RewrittenFile`, also where what was written cannot be decoded; `GDALError`, `StorageError`.
  package func decode(_ area: PixelWindow) throws {
    do { try decodePieces(area) } catch let error as GDALError {
      try requireUnchanged()
      throw error
    }
    try requireUnchanged()
  }

  private func requireUnchanged() throws(RewrittenFile) {
    for part in parts { for band in part.bands { try band.requireUnchanged() } }
  }

  private func decodePieces(_ area: PixelWindow) throws {
    for row in (area.row / piece.rows)...((area.endRow - 1) / piece.rows) {
      for column in (area.column / piece.columns)...((area.endColumn - 1) / piece.columns)
      where !isDecoded[row * piecesPerRow + column] {
        let (top, left) = (row * piece.rows, column * piece.columns)
        let window = PixelWindow(
          row: top, column: left, rows: min(piece.rows, view.size.rows - top),
          columns: min(piece.columns, view.size.columns - left))
        for part in parts { try decode(window, of: part) }
        isDecoded[row * piecesPerRow + column] = true
      }
      view.release()
    }
  }

  /// Blocks of pixels that the scene classes mask altogether are not decoded.
  private func decode(_ window: PixelWindow, of part: Part) throws {
    let scene = part.scene.classes(window)
    let used = part.conversion.usedColumns(scene, columns: window.columns, block: part.block)
    let unread: UInt16 = CountConversion.unread
    var raw = [UInt16](repeating: unread, count: view.bands * window.pixelCount)
    try raw.withUnsafeMutableBufferPointer { raw in
      for (band, raster) in part.bands.enumerated() {
        let plane = UnsafeMutableBufferPointer(
          rebasing: raw[(band * window.pixelCount)..<((band + 1) * window.pixelCount)])
        for columns in used {
          try raster.read(
            window: PixelWindow(
              row: window.row, column: window.column + columns.lowerBound, rows: window.rows, columns: columns.count),
            into: UnsafeMutableBufferPointer(rebasing: plane[columns.lowerBound...]), rowStep: window.columns)
        }
      }
      let targets = (0..<view.bands).map { view.counts(band: $0).baseAddress! + window.column }
      scene.withUnsafeBufferPointer { scene in
        for row in 0..<window.rows {
          part.conversion.convertRow(
            (0..<view.bands).map { UnsafePointer(raw.baseAddress! + ($0 * window.rows + row) * window.columns) },
            scene: scene.baseAddress! + row / 2 * (window.columns / 2),
            to: targets.map { $0 + (window.row + row) * view.size.columns }, columns: window.columns)
        }
      }
    }
  }
}

/// Where the edge of what one part saw lies inside of what another one saw, that one is taken: edges carry junk, and once
/// the parts are put together nothing would show where they are.
/// - Parameter margin: 20 m pixels from the nearest one that was not seen.
private func yieldEdges(of scenes: [SceneRaster], margin: Int) throws {
  guard margin > 0 else { return }
  let (rows, columns) = (scenes[0].rows, scenes[0].columns)
  // Of the rows around the present one: whether a pixel in the same row, within the margin, was not seen.
  var lines = scenes.map { _ in [[Bool]?]() }
  func line(_ scene: SceneRaster, _ row: Int) -> [Bool]? {
    let classes = scene.row(row)
    guard classes.contains(0) else { return nil }
    var isNear = [Bool](repeating: false, count: columns)
    for (column, value) in classes.enumerated() where value == 0 {
      for near in max(0, column - margin)...min(columns - 1, column + margin) { isNear[near] = true }
    }
    return isNear
  }
  for row in 0..<rows {
    for (index, scene) in scenes.enumerated() {
      let known = row == 0 ? 0..<min(margin + 1, rows) : min(row + margin, rows)..<min(row + margin + 1, rows)
      lines[index] += known.map { line(scene, $0) }
      if row > margin { lines[index].removeFirst() }
    }
    let near = lines.map { $0.compactMap(\.self) }
    guard near.contains(where: { !$0.isEmpty }) else { continue }
    let classes = scenes.map { $0.row(row) }
    let isEdge = near.map { lines in (0..<columns).map { column in lines.contains { $0[column] } } }
    for (index, scene) in scenes.enumerated() where !near[index].isEmpty {
      var own = classes[index]
      for column in 0..<columns where isEdge[index][column] && own[column] != 0 {
        let isSeen = scenes.indices.contains { $0 != index && classes[$0][column] != 0 && !isEdge[$0][column] }
        if isSeen { own[column] = 0 }
      }
      if own != classes[index] { try scene.write(own, row: row) }
    }
  }
  for scene in scenes { scene.release() }
}

/// The scene classes of a product, 20 m, decoded at once: blocks of another size than the bands' would be decoded again
/// and again.
private final class SceneRaster {
  private let file: MappedFile
  let rows: Int
  let columns: Int

  /// - Parameter size: of the bands, twice as many rows and columns.
  init(_ source: ProductFile, size: RasterSize, scratch: String, name: String) throws {
    let raster = try LocalRaster(source, scratch: scratch, name: name)
    defer { raster.discard() }
    columns = size.columns / 2
    rows = (size.rows + 1) / 2
    file = try MappedFile(creating: "\(scratch)/\(name).classes", count: rows * columns)
    let rowsAtOnce = 512
    for start in stride(from: 0, to: rows, by: rowsAtOnce) {
      let window = PixelWindow(row: start, column: 0, rows: min(rowsAtOnce, rows - start), columns: columns)
      let classes = try raster.read(UInt8.self, window: window)
      try classes.withUnsafeBytes { try file.write($0, at: start * columns) }
    }
    try raster.requireUnchanged()
  }

  func row(_ row: Int) -> [UInt8] { Array(file.bytes[(row * columns)..<((row + 1) * columns)]) }

  func write(_ classes: [UInt8], row: Int) throws {
    try classes.withUnsafeBytes { try file.write($0, at: row * columns) }
  }

  func release() { file.release() }

  /// Of a window of the bands' pixels: rows and columns of classes, row after row.
  func classes(_ window: PixelWindow) -> [UInt8] {
    precondition(window.row % 2 == 0 && window.column % 2 == 0 && window.columns % 2 == 0, "a class belongs to 2 x 2")
    var result: [UInt8] = []
    result.reserveCapacity((window.rows + 1) / 2 * (window.columns / 2))
    for row in (window.row / 2)..<((window.endRow + 1) / 2) {
      let start = row * columns + window.column / 2
      result.append(contentsOf: file.bytes[start..<(start + window.columns / 2)])
    }
    file.release()
    return result
  }
}
