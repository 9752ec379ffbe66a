private import GDALAdapter
private import Geometry
internal import Writing

extension STACItem {
  /// One entry of `assets`. What concerns pixels is read from the file itself.
  func asset(_ asset: ItemAsset, digest: FileDigest, path: String) throws -> JSONValue {
    var entry = asset.definition
    entry["href"] = .string("./" + asset.fileName(item: id))
    entry["file:size"] = .integer(digest.size)
    entry["file:checksum"] = .string(digest.multihash)
    if asset.isRaster {
      let file = try RasterFile.openGeoTIFF(path)
      guard let grid = file.grid else { throw PublishingError(path, "has no georeference") }
      entry.merge(Self.projection(of: grid)) { own, _ in own }
      entry["bands"] = .array(try (0..<file.bandCount).map { try band($0, of: file, grid: grid, asset: asset) })
    }
    if asset == .mask, !description.maskClasses.isEmpty {
      entry["classification:classes"] = .array(
        description.maskClasses.map {
          ["value": .integer($0.value), "name": .string($0.name), "description": .string($0.description)]
        })
    }
    return .object(entry)
  }

  private func band(_ index: Int, of file: RasterFile, grid: GridGeometry, asset: ItemAsset) throws -> JSONValue {
    let text = try file.description(ofBand: index)
    var band: [String: JSONValue] = [
      "data_type": .string(try file.type(ofBand: index).rawValue),
      "raster:spatial_resolution": .number(grid.pixelWidth), "raster:sampling": "area",
    ]
    if !text.isEmpty { band["description"] = .string(text) }
    if let noData = try file.noData(ofBand: index) { band["nodata"] = .number(noData) }
    if let scale = try file.scale(ofBand: index) {
      band["raster:scale"] = .number(scale.scale)
      band["raster:offset"] = .number(scale.offset)
    }
    if asset == .superResolved {
      guard description.bands.indices.contains(index) else {
        throw PublishingError(file.path, "has \(file.bandCount) bands, \(description.bands.count) are described")
      }
      let known = description.bands[index]
      band["name"] = .string(known.name)
      band["eo:common_name"] = .string(known.commonName)
      if let wavelength = known.centerWavelength { band["eo:center_wavelength"] = .number(wavelength) }
      band["gsd"] = .number(description.sensedResolution)
    }
    return .object(band)
  }
}
