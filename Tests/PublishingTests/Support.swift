import Foundation
import GDALAdapter
import Geometry
import Product
import Publishing
import Storage
import TestSupport
import Testing
import Writing

/// A folder that goes away with the test. Its name is odd on purpose.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = Folder.absolute(NSTemporaryDirectory() + "/st publish 'q\" $(x) é\n\(UUID().uuidString)")
    try Folder.make(path)
  }

  deinit { try? Folder.remove(path) }
}

let tile = MGRSTile("31TCJ")!

func date(_ text: String) -> Date { UTCTime.parse(text)! }

func identity(
  tile: MGRSTile = tile, start: String = "2024-06-12T10:50:31.024Z", group: String = "g1", fingerprint: String = "f1"
) -> ItemIdentity {
  ItemIdentity(
    tile: tile, mission: "S2B", relativeOrbit: 51, anchorDatatakeStart: date(start),
    anchorSensingTime: date(start).addingTimeInterval(300), group: group, fingerprint: fingerprint)
}

func grid(rows: Int = 128, columns: Int = 128, epsg: Int = 32631, x: Double = 300_000, y: Double = 4_900_020)
  -> GridGeometry
{
  GridGeometry(
    epsg: epsg, upperLeftX: x, upperLeftY: y, pixelWidth: 5, pixelHeight: 5,
    size: RasterSize(rows: rows, columns: columns))
}

func description(grid: GridGeometry = grid()) -> ItemDescription {
  let band = { Certificate.Band(name: $0, rmse: 0.001, bias: 0, blockMeanRMSE: 0.0001, boxRMSE: 0.002, boxBias: 0) }
  let names = [
    "S2B_MSIL2A_20240612T105031_N0510_R051_T31TCJ_20240612T134321",
    "S2A_MSIL2A_20240607T105031_N0510_R051_T31TCJ_20240607T151212",
  ]
  return ItemDescription(
    windowStart: date("2024-06-07T10:55:31.024Z"), windowEnd: date("2024-06-12T10:55:31.024Z"), grid: grid,
    inputs: [
      ItemInput(product: names[0], role: .anchor, sensingTime: date("2024-06-12T10:55:31.024Z")),
      ItemInput(
        product: names[1], role: .view, sensingTime: date("2024-06-07T10:55:31.024Z"), shiftRows: 0.21,
        shiftColumns: -0.4),
    ],
    certificate: Certificate(
      consistency: "sensor", bands: ["B04", "B03", "B02"].map(band), spectralAngleDegrees: 0.4, shiftRows: 0.01,
      shiftColumns: nil, comparedPixels: 4000, clampedSamples: 2, fallbackFraction: 0.1, emptyFraction: 0.01,
      fill: Certificate.Fill(bands: [.init(name: "B04", rmse: 0.0012, bias: -0.00002)], comparedPixels: 400),
      others: Certificate.Others(
        bands: [.init(name: "B04", rmse: 0.011, bias: -0.001, unharmonisedBias: 0.012)], comparedPixels: 230)),
    model: ModelIdentity(name: "hrnet", version: "1", sha256: String(repeating: "ab", count: 32)),
    parameters: ["views": 2, "consistency": "sensor", "mtf": 0.3], cloudCoverPercent: 1.25, softwareVersion: "0.1.0",
    maskClasses: [
      MaskClass(value: 0, name: "empty", description: "No clear view"),
      MaskClass(value: 1, name: "anchor", description: "From the anchor"),
    ])
}

/// Fills a draft with small files. `template` keeps finished files between calls: making them takes longer than
/// everything else.
func fill(_ draft: Draft, template: String, grid: GridGeometry = grid()) throws {
  try Folder.make(template)
  let image = template + "/image.tif"
  if !Folder.exists(image) {
    try writeRaster(image, layout: .superResolved(grid: grid), scratch: template + "/a") { band, row, column in
      UInt16(1 + band * 100 + row * 7 + column)
    }
    try writeRaster(
      template + "/mask.tif", layout: .classes(grid: grid, bands: ["origin"], noData: nil), scratch: template + "/b"
    ) { _, row, _ in row < 10 ? 0 : 1 }
    try writeRaster(
      template + "/views.tif", layout: .classes(grid: grid, bands: ["clear views"], noData: 0),
      scratch: template + "/c"
    ) { _, _, column in UInt16(column % 3) }
    try Thumbnail.write(of: image, to: template + "/thumb.png")
  }
  let names: [(String, ItemAsset)] = [
    ("image.tif", .superResolved), ("mask.tif", .mask), ("views.tif", .views), ("thumb.png", .thumbnail),
  ]
  for (name, asset) in names {
    try FileManager.default.copyItem(atPath: "\(template)/\(name)", toPath: draft.path(of: asset))
  }
}

/// Publishes one small item.
@discardableResult
func publish(
  _ store: Store, _ identity: ItemIdentity, template: String, now: Date? = nil,
  description: ItemDescription = description()
) throws -> PublishedItem? {
  guard case .publish(let draft) = try store.prepare(identity) else { return nil }
  try fill(draft, template: template)
  return try draft.publish(description, now: now ?? Date())
}

struct ProcessOutput {
  let status: Int32
  let text: String
}

/// Runs a program and returns its exit status and everything it printed.
func run(_ program: String, _ arguments: [String], in folder: String? = nil) throws -> ProcessOutput {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: program)
  process.arguments = arguments
  if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
  let pipe = Pipe()
  process.standardOutput = pipe
  process.standardError = pipe
  try process.run()
  let data = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return ProcessOutput(status: process.terminationStatus, text: String(decoding: data, as: UTF8.self))
}

func json(_ path: String) throws -> JSONValue {
  try JSONDecoder().decode(JSONValue.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
}
