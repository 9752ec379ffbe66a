internal import Foundation
internal import GDALAdapter
internal import Geometry
internal import Product

/// What MTD_TL.xml says: when the tile was seen, and where it lies.
///
/// The grid comes from here alone. The GML box inside a JP2 gives centres of pixels, not corners.
struct TileMetadata {
  let sensingTime: Date
  /// Station and sensing start of the datastrip, `ATOS_S20221005T115407`.
  let datastrip: String
  /// 10 m.
  let grid: GridGeometry

  /// Reads everything and notes every problem.
  /// - Parameter datatakeStart: no tile of a datatake is seen before it, nor hours after.
  static func read(
    _ document: Document, tile: MGRSTile, datatakeStart: Date, maxTileSize: Int, findings: inout Findings
  ) -> TileMetadata? {
    guard document.root.name == "Level-2A_Tile_ID" else {
      findings.refuse(document.problem("root element", found: document.root.name, expected: "Level-2A_Tile_ID"))
      return nil
    }
    let time = findings.attempt { () throws(IntakeProblem) in
      let time = try document.time("General_Info/SENSING_TIME")
      // An orbit takes 100 minutes.
      guard (-600...7200).contains(time.timeIntervalSince(datatakeStart)) else {
        throw document.problem(
          "SENSING_TIME", found: UTCTime.seconds(time),
          expected: "a time in the datatake that began at \(UTCTime.seconds(datatakeStart))")
      }
      return time
    }
    let strip = findings.attempt { () throws(IntakeProblem) in
      try datastrip(try document.text("General_Info/DATASTRIP_ID"), document)
    }
    let identity: Void? = findings.attempt { () throws(IntakeProblem) in
      let identifier = try document.text("General_Info/TILE_ID")
      guard identifier.contains("_T\(tile)_") else {
        throw document.problem("TILE_ID", found: identifier, expected: "tile T\(tile) as in PRODUCT_URI")
      }
    }
    let grid = findings.attempt { () throws(IntakeProblem) in
      try readGrid(document, tile: tile, maxTileSize: maxTileSize)
    }
    guard let time, let strip, identity != nil, let grid else { return nil }
    return TileMetadata(sensingTime: time, datastrip: strip, grid: grid)
  }

  /// From `S2A_OPER_MSI_L2A_DS_ATOS_20221005T164454_S20221005T115407_N04.00`: the station (4 characters, with
  /// underscores in `SGS_`) and the start; the processing time between them changes with every reprocessing.
  private static func datastrip(_ identifier: String, _ document: Document) throws(IntakeProblem) -> String {
    let problem = document.problem(
      "DATASTRIP_ID", found: "\"\(identifier)\"", expected: "..._DS_<station>_<processing time>_S<start>_...")
    guard let mark = identifier.range(of: "_DS_") else { throw problem }
    let rest = Array(identifier[mark.upperBound...].utf8)
    guard rest.count >= 37, rest[4] == UInt8(ascii: "_"), rest[20] == UInt8(ascii: "_"),
      rest[21] == UInt8(ascii: "S")
    else { throw problem }
    let start = String(decoding: rest[22..<37], as: UTF8.self)
    guard UTCTime.parseCompact(start) != nil else { throw problem }
    return String(decoding: rest[0..<4], as: UTF8.self) + "_S" + start
  }

  private static func readGrid(_ document: Document, tile: MGRSTile, maxTileSize: Int) throws(IntakeProblem)
    -> GridGeometry
  {
    let geocoding = "Geometric_Info/Tile_Geocoding"
    let code = try document.text(geocoding + "/HORIZONTAL_CS_CODE")
    guard let epsg = ["EPSG:326", "EPSG:327"].first(where: code.hasPrefix).flatMap({ _ in Int(code.dropFirst(5)) }),
      epsg == 32600 + tile.zone || epsg == 32700 + tile.zone
    else {
      throw document.problem(
        "HORIZONTAL_CS_CODE", found: "\"\(code)\"",
        expected: "EPSG:\(32600 + tile.zone) or EPSG:\(32700 + tile.zone), the zone of tile \(tile)")
    }
    let fine = try readResolution(10, geocoding, document, sides: 2...max(2, maxTileSize))
    let coarse = try readResolution(20, geocoding, document, sides: 1...max(1, maxTileSize))
    guard fine.rows == 2 * coarse.rows, fine.columns == 2 * coarse.columns else {
      throw document.problem(
        "Size at 20 m", found: "\(coarse.rows) x \(coarse.columns) pixels",
        expected: "half of the \(fine.rows) x \(fine.columns) at 10 m")
    }
    guard fine.x == coarse.x, fine.y == coarse.y else {
      throw document.problem(
        "Geoposition at 20 m", found: "\(coarse.x), \(coarse.y)", expected: "\(fine.x), \(fine.y) as at 10 m")
    }
    return GridGeometry(
      epsg: epsg, upperLeftX: fine.x, upperLeftY: fine.y, pixelWidth: 10, pixelHeight: 10,
      size: RasterSize(rows: fine.rows, columns: fine.columns))
  }

  private static func readResolution(
    _ resolution: Int, _ geocoding: String, _ document: Document, sides: ClosedRange<Int>
  ) throws(IntakeProblem) -> (rows: Int, columns: Int, x: Double, y: Double) {
    func one(_ name: String) throws(IntakeProblem) -> XMLElement {
      let matches = (document.element(geocoding)?.all(name) ?? [])
        .filter { $0.attributes["resolution"] == "\(resolution)" }
      guard matches.count == 1, let match = matches.first else {
        throw document.problem("\(name) at \(resolution) m", found: "\(matches.count) of them", expected: "one")
      }
      return match
    }
    let size = try one("Size")
    let position = try one("Geoposition")
    func side(_ name: String) throws(IntakeProblem) -> Int {
      try document.integer(size.child(name)?.text ?? "", field: "\(name) at \(resolution) m", in: sides)
    }
    func metres(_ name: String, _ range: ClosedRange<Double>) throws(IntakeProblem) -> Double {
      try document.number(position.child(name)?.text ?? "", field: "\(name) at \(resolution) m", in: range)
    }
    let step = Double(resolution)
    _ = try metres("XDIM", step...step)
    _ = try metres("YDIM", -step...(-step))
    // UTM: eastings 0 to 1000 km; northings 0 to 10000 km.
    return (
      try side("NROWS"), try side("NCOLS"), try metres("ULX", 0...1_000_000), try metres("ULY", 0...10_000_000)
    )
  }
}
