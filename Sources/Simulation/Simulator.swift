private import Foundation
internal import GDALAdapter
internal import Geometry
internal import Product
internal import Storage
package import Workers

/// Writes the products of a plan, the truth they show and the record of how they were made.
/// - Parameters:
///   - folder: products go here, the truth to `truth/<tile>_TRUTH.tif`, the record to `simulation.json`.
///   - progress: called with a line about what is done next.
/// - Returns: the products, oldest first; parts and reprocessings follow their revisit.
/// - Throws: `SimulationError` for a plan that cannot be carried out or a product that exists; `GDALError`,
///   `StorageError`.
package func simulate(
  _ plan: SimulationPlan, into folder: String, workers: WorkerPool,
  progress: @Sendable (String) -> Void = { _ in }
) async throws -> [SimulatedProduct] {
  try plan.validate()
  let (source, place) = try prepare(plan)
  let writer = try ProductWriter(folder: folder, grid: place.grid, options: plan.delivery)
  let revisits = Revisit.draw(plan, utcHour: place.passHour)
  let deliveries = revisits.map { items(of: $0, plan: plan, place: place) }
  for items in deliveries { try writer.refuseExisting(items) }

  try Folder.make(folder)
  var record = try SimulationRecord.read(in: folder) ?? SimulationRecord(truth: nil, products: [])
  let truth = Truth(path: "\(folder)/truth/\(place.tile)_TRUTH.tif", grid: place.grid.refined(by: SensorModel.factor))
  let origin = SimulationRecord.Truth(truth, place: place, plan: plan)
  if Folder.exists(truth.path) {
    guard record.truth == origin else {
      throw SimulationError(
        truth.path, found: "the truth of another scene", expected: "an empty folder, or one of the same scene")
    }
  } else {
    progress("truth: \(truth.grid.size.rows) x \(truth.grid.size.columns) pixels")
    try Folder.make(folder + "/truth")
    try await truth.write(source, workers: workers)
    record.truth = origin
  }

  var products: [SimulatedProduct] = []
  for (revisit, items) in zip(revisits, deliveries) {
    progress("revisit \(revisit.number) of \(revisits.count): \(items[0].identity.name)")
    let model = SensorModel(truthPath: truth.path, size: place.grid.size, revisit: revisit)
    let counts = try await writer.write(items, from: model, workers: workers)
    for (item, counts) in zip(items, counts) {
      var product = SimulatedProduct(item, revisit: revisit.number, counts: counts, path: writer.path(item.identity))
      product.sensor = .init(revisit)
      products.append(product)
    }
    // After every revisit, so that an interrupted run leaves a record of what it delivered.
    try SimulationRecord(truth: record.truth, products: record.products + products).write(in: folder)
  }
  return products
}

/// The scene and where it lies.
private func prepare(_ plan: SimulationPlan) throws -> (Truth.Source, Place) {
  switch plan.scene {
  case .drawn(let size):
    let place = try Place(plan.delivery, size: size, ground: nil, snap: 20)
    return (.drawn(DrawnScene(seed: plan.seed, size: size.scaled(by: SensorModel.factor))), place)
  case .file(let path):
    let raster = try SceneRaster(path: path)
    let size = RasterSize(
      rows: raster.size.rows / SensorModel.factor, columns: raster.size.columns / SensorModel.factor)
    return (.raster(raster), try Place(plan.delivery, size: size, ground: raster.place, snap: 20))
  }
}

/// The products a revisit is delivered as.
private func items(of revisit: Revisit, plan: SimulationPlan, place: Place) -> [ProductWriter.Item] {
  let rows = place.grid.size.rows
  func identity(_ part: Int = 0) -> ProductIdentity {
    ProductIdentity(revisit, tile: place.tile, relativeOrbit: plan.delivery.relativeOrbit, part: part)
  }
  var items: [ProductWriter.Item] = []
  if plan.splitRevisits.contains(revisit.number) {
    // Both parts hold the rows around the cut.
    let cut = rows * 11 / 20 / 2 * 2
    let overlap = min(8, rows / 16 / 2 * 2)
    items.append(.init(identity: identity(), rows: 0..<(cut + overlap)))
    items.append(.init(identity: identity(1), rows: (cut - overlap)..<rows))
  } else {
    items.append(.init(identity: identity(), rows: 0..<rows))
  }
  for (count, again) in plan.reprocessings.filter({ $0.revisit == revisit.number }).enumerated() {
    var later = identity()
    later.baseline = again.baseline ?? revisit.baseline.successor
    let delay: Double = 200 * 86_400 + 3_600 * Double(count)
    later.generationTime = later.generationTime.addingTimeInterval(delay)
    later.station = "S2RP"
    items.append(.init(identity: later, rows: 0..<rows))
  }
  return items
}

extension SimulationRecord.Truth {
  fileprivate init(_ truth: Truth, place: Place, plan: SimulationPlan) {
    self.init(
      path: "truth/\(place.tile)_TRUTH.tif", scene: nil, seed: nil, rows: truth.grid.size.rows,
      columns: truth.grid.size.columns, epsg: truth.grid.epsg, upperLeftX: truth.grid.upperLeftX,
      upperLeftY: truth.grid.upperLeftY)
    switch plan.scene {
    case .drawn: seed = plan.seed
    case .file(let path): scene = path
    }
  }
}

extension SimulatedProduct {
  init(_ item: ProductWriter.Item, revisit: Int, counts: [Int], path: String) {
    let shares = ClassShares(counts: counts)
    self.init(
      name: item.identity.name, path: path, revisit: revisit,
      datatakeStart: UTCTime.milliseconds(item.identity.datatakeStart), mission: item.identity.mission,
      baseline: "\(item.identity.baseline)", firstRow: item.rows.lowerBound, endRow: item.rows.upperBound,
      cloudShare: shares.cloudPercent / 100, noDataShare: shares.noDataPercent / 100)
  }
}
