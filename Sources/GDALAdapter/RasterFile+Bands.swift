internal import CGDAL

/// What a band shows.
package enum ColorInterpretation: Sendable {
  case undefined, gray, red, green, blue, alpha

  var code: GDALColorInterp {
    switch self {
    case .undefined: GCI_Undefined
    case .gray: GCI_GrayIndex
    case .red: GCI_RedBand
    case .green: GCI_GreenBand
    case .blue: GCI_BlueBand
    case .alpha: GCI_AlphaBand
    }
  }

  init(_ code: GDALColorInterp) {
    switch code {
    case GCI_GrayIndex: self = .gray
    case GCI_RedBand: self = .red
    case GCI_GreenBand: self = .green
    case GCI_BlueBand: self = .blue
    case GCI_AlphaBand: self = .alpha
    default: self = .undefined
    }
  }
}

extension RasterFile {
  /// Opens a GeoTIFF with the georeference it holds itself (the process-wide setting ignores every georeference,
  /// because of JP2).
  /// - Throws: `GDALError`, also where the file is no TIFF.
  package static func openGeoTIFF(_ path: String, update: Bool = false) throws(GDALError) -> RasterFile {
    try open(path, drivers: ["GTiff"], options: ["GEOREF_SOURCES=INTERNAL"], update: update)
  }

  /// What a band shows, counted from 0.
  package func color(ofBand band: Int) throws(GDALError) -> ColorInterpretation {
    ColorInterpretation(GDALGetRasterColorInterpretation(try bandHandle(band)))
  }

  package func setColor(_ color: ColorInterpretation, band: Int) throws(GDALError) {
    guard GDALSetRasterColorInterpretation(try bandHandle(band), color.code) == CE_None else {
      throw GDALError(call: "set colour", path: path, message: GDALRuntime.lastMessage)
    }
  }

  /// Description of a band, counted from 0; empty where it has none.
  package func description(ofBand band: Int) throws(GDALError) -> String {
    GDALGetDescription(try bandHandle(band)).map { String(cString: $0) } ?? ""
  }

  /// Scale and offset of a band, counted from 0: value = count * scale + offset; nil where the file sets no scale.
  package func scale(ofBand band: Int) throws(GDALError) -> (scale: Double, offset: Double)? {
    let handle = try bandHandle(band)
    var isSet: Int32 = 0
    let scale = GDALGetRasterScale(handle, &isSet)
    return isSet != 0 ? (scale, GDALGetRasterOffset(handle, nil)) : nil
  }

  /// Why the counts of a band, counted from 0, are not reflectance x 10000, as far as the file says what they are; nil
  /// where they are, or where it says nothing.
  package func scaleProblem(ofBand band: Int) throws(GDALError) -> String? {
    let offset = GDALGetRasterOffset(try bandHandle(band), nil)
    let scale = try scale(ofBand: band)?.scale ?? 1
    guard offset != 0 || abs(scale - 1e-4) > 1e-9 && scale != 1 else { return nil }
    return "band \(band + 1) has scale \(scale) and offset \(offset), expected 0.0001 and 0: reflectance x 10000"
  }

  /// Why the first bands are not red, green and blue, as far as their colours or descriptions (`B04`, `red`) say what they
  /// are; nil where they are, or where nothing is said.
  package func orderProblem() throws(GDALError) -> String? {
    let wanted: [ColorInterpretation] = [.red, .green, .blue]
    for (band, expected) in wanted.enumerated() where band < bandCount {
      let (text, color) = (try description(ofBand: band).uppercased(), try color(ofBand: band))
      let stated = Self.bandColors[text] ?? (wanted.contains(color) ? color : nil)
      guard let stated, stated != expected else { continue }
      let words = Self.bandColors[text] == nil ? "\(color)" : text
      return "band \(band + 1) says that it is \(words), expected \(expected): bands are to be red, green, blue "
        + "(B04, B03, B02); gdal_translate -b changes their order"
    }
    return nil
  }

  /// What Sentinel-2's bands are called; `undefined` for those that are none of the three colours.
  private static let bandColors: [String: ColorInterpretation] = {
    var colors: [String: ColorInterpretation] = [
      "B4": .red, "B04": .red, "RED": .red, "B3": .green, "B03": .green, "GREEN": .green, "B2": .blue, "B02": .blue,
      "BLUE": .blue, "NIR": .undefined,
    ]
    for other in ["B01", "B05", "B06", "B07", "B08", "B8A", "B09", "B11", "B12"] { colors[other] = .undefined }
    return colors
  }()
}
