package import Foundation
internal import GDALAdapter
internal import Geometry
internal import Product
internal import Storage
package import Workers

/// Real rasters to be delivered as products, their pixels unchanged.
package struct RepackagingPlan: Sendable {
  /// Reflectance x 10000 on one UTM grid of 10 m, one raster a revisit.
  package var views: [String]
  /// One day a view, UTC.
  package var dates: [Date]
  /// Band numbers (from 1) of red, green, blue[, near infrared].
  package var bandOrder = [1, 2, 3, 4]
  package var delivery = DeliveryOptions()

  /// How the scene classification is derived.
  package static var classificationRule: String { SceneClassifier.derivedRule }

  package init(views: [String], dates: [Date]) {
    self.views = views
    self.dates = dates
  }
}

/// Packs real rasters as products. The scene classification is derived (`SceneClassifier.derivedRule`); no truth is
/// written.
/// - Throws: `SimulationError`, `GDALError`, `StorageError`.
package func repackage(
  _ plan: RepackagingPlan, into folder: String, workers: WorkerPool, progress: @Sendable (String) -> Void = { _ in }
) async throws -> [SimulatedProduct] {
  try plan.delivery.validate()
  guard plan.views.count == plan.dates.count, !plan.views.isEmpty else {
    throw SimulationError(
      "--dates", found: "\(plan.dates.count) dates", expected: "one for each of the \(plan.views.count) views")
  }
  guard (3...4).contains(plan.bandOrder.count), plan.bandOrder.allSatisfy({ $0 >= 1 }) else {
    throw SimulationError(
      "--band-order", found: plan.bandOrder.map(String.init).joined(separator: ","),
      expected: "band numbers of red, green, blue[, near infrared], such as 4,3,2,8")
  }
  let views = try plan.views.map { try RealView(path: $0, bandOrder: plan.bandOrder) }
  for view in views where view.grid != views[0].grid {
    throw SimulationError(view.path, found: "another grid", expected: "the grid of \(views[0].path)")
  }
  let ground = views[0].grid
  let place = try Place(
    plan.delivery, size: ground.size, ground: (ground.epsg, ground.upperLeftX, ground.upperLeftY), snap: 1)
  let writer = try ProductWriter(folder: folder, grid: place.grid, options: plan.delivery)
  let order = plan.dates.indices.sorted { plan.dates[$0] < plan.dates[$1] }
  let items = order.enumerated().map { number, view -> ProductWriter.Item in
    let start = plan.dates[view].addingTimeInterval((place.passHour * 3_600).rounded() + 0.024)
    let revisit = Revisit(
      number: number + 1, datatakeStart: start, mission: plan.delivery.missions[number % plan.delivery.missions.count],
      baseline: plan.delivery.baselines[number % plan.delivery.baselines.count], shiftRows: 0, shiftColumns: 0,
      gains: [], offsets: [], haze: 0, cloudShare: 0, noise: 0, hasSwathEdge: false, seed: 0)
    return .init(
      identity: ProductIdentity(revisit, tile: place.tile, relativeOrbit: plan.delivery.relativeOrbit),
      rows: 0..<ground.size.rows)
  }
  try writer.refuseExisting(items)
  try Folder.make(folder)
  let record = try SimulationRecord.read(in: folder) ?? SimulationRecord(truth: nil, products: [])
  var products: [SimulatedProduct] = []
  for (number, item) in items.enumerated() {
    let view = views[order[number]]
    progress("view \(number + 1) of \(views.count): \(item.identity.name)")
    let counts = try await writer.write([item], from: view, workers: workers)[0]
    var product = SimulatedProduct(item, revisit: number + 1, counts: counts, path: writer.path(item.identity))
    product.source = view.path
    products.append(product)
    try SimulationRecord(truth: record.truth, products: record.products + products).write(in: folder)
  }
  return products
}

/// A real raster as a source of strips.
struct RealView: StripSource {
  let path: String
  /// Cut to even numbers of rows and columns.
  let grid: GridGeometry
  /// Band numbers from 0, red, green, blue[, near infrared].
  private let bands: [Int]
  /// By band.
  private let noData: [Double?]
  private let isSigned: Bool

  init(path: String, bandOrder: [Int]) throws {
    self.path = path
    let file = try RasterFile.openPlaced(path)
    defer { try? file.close() }
    guard var grid = file.grid, Place.isUTM(grid.epsg), abs(grid.pixelWidth - 10) < 1e-6,
      abs(grid.pixelHeight - 10) < 1e-6, grid.upperLeftX == grid.upperLeftX.rounded(),
      grid.upperLeftY == grid.upperLeftY.rounded()
    else {
      let found = file.grid.map {
        "EPSG:\($0.epsg), corner \($0.upperLeftX), \($0.upperLeftY), pixels of \($0.pixelWidth)"
      }
      throw SimulationError(
        path, found: found ?? "no georeference", expected: "UTM, pixels of 10 m, corner on whole metres")
    }
    grid.size = RasterSize(rows: grid.size.rows / 2 * 2, columns: grid.size.columns / 2 * 2)
    try SimulationPlan.check(grid.size)
    self.grid = grid
    // Three bands are enough where the default order names a fourth.
    let isWithoutInfrared = try file.bandCount == 3 || file.bandCount == 4 && file.color(ofBand: 3) == .alpha
    let order = bandOrder == [1, 2, 3, 4] && isWithoutInfrared ? [1, 2, 3] : bandOrder
    guard order.allSatisfy({ $0 <= file.bandCount }) else {
      throw SimulationError(
        "--band-order", found: "band \(order.max() ?? 0)", expected: "1 to \(file.bandCount), the bands of \(path)")
    }
    bands = order.map { $0 - 1 }
    noData = try bands.map { try file.noData(ofBand: $0) }
    isSigned = try file.type(ofBand: bands[0]) == .int16
    // Whoever names the bands knows what they are.
    if bandOrder == [1, 2, 3, 4], let problem = try file.orderProblem() {
      throw SimulationError(path, problem: problem)
    }
    if try file.type(ofBand: bands[0]) == .float32 || file.type(ofBand: bands[0]) == .float64 {
      let window = PixelWindow(row: 0, column: 0, rows: min(grid.size.rows, 512), columns: min(grid.size.columns, 512))
      let largest = try file.read(Float.self, band: bands[0], window: window).filter(\.isFinite).max() ?? 0
      guard largest == 0 || largest > 3 else {
        throw SimulationError(path, found: "\(largest) at most", expected: "reflectance x 10000, not reflectance")
      }
    }
    for band in bands {
      let type = try file.type(ofBand: band)
      guard [.uint16, .int16, .float32, .float64].contains(type) else {
        throw SimulationError(
          path, found: "\(type.rawValue) pixels", expected: "reflectance x 10000 in 16 bits or floating point")
      }
      if let problem = try file.scaleProblem(ofBand: band) {
        throw SimulationError(path, problem: problem)
      }
    }
  }

  func strip(_ window: PixelWindow) throws -> ProductStrip {
    let file = try RasterFile.openPlaced(path)
    defer { try? file.close() }
    let values = try bands.map { try file.read(Float.self, band: $0, window: window) }
    let masks = try bands.map { try file.mask(ofBand: $0, window: window) }
    var strip = ProductStrip(window: window)
    for index in 0..<window.pixelCount where masks.allSatisfy({ $0?[index] != false }) {
      // Who reads the colours alone sees what they see, whatever near infrared does.
      let zeros = (0..<3).count { values[$0][index] == 0 }
      let isZero = zeros == 3 || zeros > 0 && !isSigned
      let isEmpty = isZero || values.contains { !$0[index].isFinite }
      let isNamed = values.indices.contains { Double(values[$0][index]) == noData[$0] }
      if isEmpty || isNamed { continue }
      for band in values.indices {
        let count = values[band][index]
        strip.counts[band][index] =
          count >= Float(ProductStrip.saturated)
          ? ProductStrip.saturated : ProductStrip.count(ofReflectance: count / 10_000)
      }
      if values.count == 3 {
        let infrared = Band.derivedNearInfrared(
          red: values[0][index] / 10_000, green: values[1][index] / 10_000, blue: values[2][index] / 10_000)
        strip.counts[3][index] = ProductStrip.count(ofReflectance: infrared)
      }
    }
    classify(&strip)
    return strip
  }

  private func classify(_ strip: inout ProductStrip) {
    let columns = strip.window.columns
    for pixel in strip.classes.indices {
      let first = pixel / (columns / 2) * 2 * columns + pixel % (columns / 2) * 2
      let four = [first, first + 1, first + columns, first + columns + 1]
      guard four.allSatisfy({ strip.counts[0][$0] != ProductStrip.noData }) else { continue }
      let mean = strip.counts.map { counts in four.reduce(Float(0)) { $0 + Float(counts[$1]) } / 40_000 }
      strip.classes[pixel] =
        SceneClassifier.derived(red: mean[0], green: mean[1], blue: mean[2], nearInfrared: mean[3]).rawValue
    }
  }
}
