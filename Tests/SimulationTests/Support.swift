internal import Foundation
internal import GDALAdapter
internal import Geometry
internal import Product
internal import Simulation
internal import Storage
internal import Testing

/// A folder that lives as long as a test.
final class TestFolder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/simulation-\(UUID().uuidString)"
    try Folder.make(path)
  }

  deinit { try? Folder.remove(path) }
}

/// A product as a reader sees it.
struct WrittenProduct {
  let root: String
  let name: ProductName
  let metadata: XMLElement
  let tile: XMLElement
  let manifest: XMLElement
  let granule: String

  init(_ product: SimulatedProduct) throws {
    root =
      product.path.hasSuffix(".zip")
      ? VirtualFile.member(product.name + ".SAFE", ofZip: product.path) : product.path
    name = try #require(ProductName(product.name))
    metadata = try Self.parse(root + "/MTD_MSIL2A.xml")
    let image = try #require(metadata.find("IMAGE_FILE")).text
    granule = image.split(separator: "/").prefix(2).joined(separator: "/")
    tile = try Self.parse(root + "/" + granule + "/MTD_TL.xml")
    manifest = try Self.parse(root + "/manifest.safe")
  }

  static func parse(_ path: String) throws -> XMLElement {
    try XMLElement.parse(VirtualFile.read(path, limit: 1 << 22))
  }

  /// Path of an image, `B04` or `SCL`.
  func image(_ content: String) throws -> String {
    let file = try #require(metadata.findAll("IMAGE_FILE").first { $0.text.contains("_\(content)_") })
    return root + "/" + file.text + ".jp2"
  }

  /// All pixels of an image.
  func pixels(_ content: String) throws -> [UInt16] { try readAll(image(content)) }

  var hasOffset: Bool { metadata.find("BOA_ADD_OFFSET_VALUES_LIST") != nil }
}

/// All pixels of a band.
func readAll(_ path: String, band: Int = 0) throws -> [UInt16] {
  let file = try RasterFile.open(path)
  let pixels = try file.read(UInt16.self, band: band, window: file.size.window)
  try file.close()
  return pixels
}

/// Writes a raster of several bands.
func writeRaster(_ path: String, _ bands: [[UInt16]], grid: GridGeometry) throws {
  let file = try RasterFile.create(path, driver: "GTiff", size: grid.size, bands: bands.count, type: .uint16)
  try file.set(grid)
  for (band, pixels) in bands.enumerated() { try file.write(pixels, band: band, window: grid.size.window) }
  try file.close()
}

func grid(rows: Int, columns: Int, pixel: Double = 10) -> GridGeometry {
  GridGeometry(
    epsg: 32631, upperLeftX: 445_600, upperLeftY: 4_680_000, pixelWidth: pixel, pixelHeight: pixel,
    size: RasterSize(rows: rows, columns: columns))
}

extension SimulationPlan {
  /// Nothing but the point spread and the shift.
  var withoutDisturbance: SimulationPlan {
    var plan = self
    (plan.clouds, plan.haze, plan.noise, plan.gainSpread, plan.offsetSpread) = (0, 0, 0, 0, 0)
    return plan
  }
}
