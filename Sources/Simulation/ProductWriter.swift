internal import GDALAdapter
internal import Geometry
internal import Product
internal import Storage
internal import Workers

/// Writes the products of one revisit: pixels, metadata, manifest, in a folder of its own that is renamed into place
/// when it is complete.
struct ProductWriter: Sendable {
  /// One product of a revisit.
  struct Item: Sendable {
    var identity: ProductIdentity
    /// Rows of the 10 m grid that it holds.
    var rows: Range<Int>
  }

  let folder: String
  let grid: GridGeometry
  let options: DeliveryOptions
  /// Latitude and longitude pairs, closed ring.
  let footprint: String

  init(folder: String, grid: GridGeometry, options: DeliveryOptions) throws {
    self.folder = folder
    self.grid = grid
    self.options = options
    let corners = [grid.corners[3], grid.corners[2], grid.corners[1], grid.corners[0], grid.corners[3]]
    footprint = try CoordinateTransform.longitudeLatitude(corners, epsg: grid.epsg)
      .map { "\($0.latitude) \($0.longitude)" }.joined(separator: " ")
  }

  /// Where a product goes.
  func path(_ identity: ProductIdentity) -> String {
    folder + "/" + identity.uri + (options.isZipped ? ".zip" : "")
  }

  /// - Throws: `SimulationError` where something is there already.
  func refuseExisting(_ items: [Item]) throws {
    for item in items where Folder.exists(path(item.identity)) {
      throw SimulationError(
        path(item.identity), found: "a product that exists", expected: "nothing there (it is never overwritten)")
    }
  }

  /// Renders every strip once and writes all products of the revisit.
  /// - Returns: per item, the number of 20 m pixels in each scene class.
  func write(_ items: [Item], from source: some StripSource, workers: WorkerPool) async throws -> [[Int]] {
    let staging = folder + "/.simulate-" + items[0].identity.name
    try Folder.remove(staging)
    defer { try? Folder.remove(staging) }
    var stores: [BandStore] = []
    for (number, item) in items.enumerated() {
      let scratch = staging + "/bands-\(number)"
      try Folder.make(scratch)
      stores.append(
        try BandStore(folder: scratch, grid: grid, countOffset: item.identity.baseline.countOffset, rows: item.rows))
    }
    let open = stores
    try await workers.run(
      count: ProductStrip.count(in: grid.size),
      work: { try source.strip(ProductStrip.window($0, of: grid.size)) },
      commit: { _, strip in for store in open { try store.add(strip) } })
    for store in stores { try store.close() }
    for (item, store) in zip(items, stores) { try await finish(item, store, staging: staging, workers) }
    return stores.map(\.classCounts)
  }

  private func finish(_ item: Item, _ store: BandStore, staging: String, _ workers: WorkerPool) async throws {
    let identity = item.identity
    let root = staging + "/" + identity.uri
    let granule = root + "/GRANULE/" + identity.granuleFolder
    try Folder.make(granule + "/IMG_DATA/R10m")
    try Folder.make(granule + "/IMG_DATA/R20m")
    let bands: [Band?] = Band.inProductOrder + [nil]
    let images = bands.map { band in
      band.map { identity.image($0.name, resolution: 10) } ?? identity.image("SCL", resolution: 20)
    }
    try await workers.run(count: bands.count) { try store.copy(bands[$0], to: "\(root)/\(images[$0]).jp2") }

    let shares = ClassShares(counts: store.classCounts)
    let tile = TileMetadata(identity: identity, grid: grid, shares: shares)
    let product = ProductMetadata(identity: identity, images: images, shares: shares, footprint: footprint)
    var files = [
      PackedFile("S2_Level-2A_Product_Metadata", "text/xml", "MTD_MSIL2A.xml", product.xml()),
      PackedFile(
        "S2_Level-2A_Tile1_Metadata", "application/xml", "GRANULE/\(identity.granuleFolder)/MTD_TL.xml", tile.xml()),
    ]
    files += images.map { image in
      let content = image.split(separator: "_").suffix(2).joined(separator: "_")
      return PackedFile("IMG_DATA_Band_\(content)_Tile1_Data", "application/octet-stream", image + ".jp2", nil)
    }
    let extras = PackedFile.extras(identity, datastrip: tile.datastripXML())
    for file in files + extras { try file.write(below: root) }
    let listed = files + extras
    let manifest = Manifest(
      identity: identity, entries: try await entries(listed, root: root, identity.baseline, workers),
      footprint: footprint)
    try DurableFile.replace(root + "/manifest.safe", with: manifest.xml())
    if options.isPruned {
      for name in ["DATASTRIP", "HTML", "INSPIRE.xml", "GRANULE/\(identity.granuleFolder)/QI_DATA"] {
        try Folder.remove(root + "/" + name)
      }
    } else {
      for name in ["AUX_DATA", "rep_info", "GRANULE/\(identity.granuleFolder)/AUX_DATA"] {
        try Folder.make(root + "/" + name)
      }
    }
    try deliver(root, identity, files: options.isPruned ? files : listed)
  }

  private func entries(
    _ files: [PackedFile], root: String, _ baseline: ProcessingBaseline, _ workers: WorkerPool
  ) async throws -> [Manifest.Entry] {
    let collected = Collected<Manifest.Entry>()
    try await workers.run(
      count: files.count,
      work: { number in
        let file = files[number]
        var digester = Digester(Manifest.algorithm(baseline))
        let size = try VirtualFile.forEachChunk(of: root + "/" + file.path, limit: .max) { digester.update($0) }
        return Manifest.Entry(
          id: file.id, mimeType: file.mimeType, path: file.path, size: size, digest: digester.hexadecimal())
      }, commit: { _, entry in collected.append(entry) })
    return collected.values
  }

  private func deliver(_ root: String, _ identity: ProductIdentity, files: [PackedFile]) throws {
    guard options.isZipped else { return try DurableFile.publish(folder: root, as: path(identity)) }
    let archive = root + ".zip"
    let names = ["manifest.safe"] + files.map(\.path)
    try ZipWriter.write(archive, members: names.map { (identity.uri + "/" + $0, root + "/" + $0) })
    try DurableFile.sync(archive)
    try DurableFile.publish(folder: archive, as: path(identity))
  }
}
