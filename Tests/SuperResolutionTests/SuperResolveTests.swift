import Geometry
import Networks
import Raster
import Stacking
import SuperResolution
import TestSupport
import Testing
import Workers

/// A stack of `count` views with holes, in `size`.
private func stack(_ count: Int, _ size: RasterSize, _ folder: TemporaryFolder) async throws -> ViewStack {
  let scene = WaveScene(finest: 3)
  var generator = SeededGenerator(4)
  let views = try (0..<count).map { index -> ViewRaster in
    var image = scene.image(size, shift: Shift(rows: 0.3 * Double(index), columns: -0.2 * Double(index)))
    for pixel in image.pixels.indices { image.pixels[pixel] += 0.002 * generator.normal() }
    return try ViewRaster.make(image, name: "\(index)", scratch: folder.path) { row, column in
      if (40..<44).contains(row), (30..<36).contains(column) { return ViewRaster.masked }
      return (row * 7 + column * 3 + index * 31) % 97 < 6 ? ViewRaster.masked : nil
    }
  }
  let harmonisations = views.map { _ in Harmonisation.identity(bands: 3) }
  let reference = try await ReferenceFrame(
    views: views, harmonisations: harmonisations, filling: [0.1, 0.1, 0.1], scratch: folder.path,
    workers: WorkerPool(workers: 2))
  return ViewStack(views: views, harmonisations: harmonisations, reference: reference)
}

private func model() throws -> Model { try Model.load(packageFolder() + "/models/highresnet-rgb-x2.json") }

@Test(arguments: [1, 3, 8])
func tiledEqualsUntiled(views: Int) async throws {
  let folder = try TemporaryFolder()
  let size = RasterSize(rows: 75, columns: 92)
  let stack = try await stack(views, size, folder)
  let method = Method.network(try model())
  func run(coreSide: Int, workers: Int, _ name: String) async throws -> FloatImage {
    let scratch = try TemporaryFolder()
    let mosaic = try await superResolve(
      stack, with: method, coreSide: coreSide, scratch: scratch.path, workers: WorkerPool(workers: workers))
    return mosaic.image(mosaic.size.window)
  }
  let whole = try await run(coreSide: 1000, workers: 1, "whole")
  let tiled = try await run(coreSide: 24, workers: 1, "tiled")
  let parallel = try await run(coreSide: 24, workers: 3, "parallel")
  let error = zip(whole.pixels, tiled.pixels).map { abs($0 - $1) }.max() ?? 1
  #expect(error < 1e-4)
  #expect(tiled == parallel, "the result must not depend on the number of workers, bit for bit")
}

@Test func finishedWindowsDoNotDependOnTheirSize() async throws {
  let folder = try TemporaryFolder()
  let size = RasterSize(rows: 75, columns: 92)
  let stack = try await stack(2, size, folder)
  let mosaic = try await superResolve(
    stack, with: .bicubic, scratch: folder.path, workers: WorkerPool(workers: 2))
  let projection = BackProjection(rule: .sensor, pointSpread: .sentinel2())
  func run(side: Int) async throws -> [UInt16] {
    let collector = Collector(size.scaled(by: 2))
    try await finish(mosaic, stack, with: projection, side: side, workers: WorkerPool(workers: 2)) {
      collector.add($0)
    }
    return collector.counts
  }
  let whole = try await run(side: 1000)
  let cut = try await run(side: 20)
  #expect(zip(whole, cut).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
  // Where no view is clear nothing is published, elsewhere every pixel is.
  for row in 0..<size.rows {
    for column in 0..<size.columns {
      let isPublished = whole[2 * row * size.columns * 2 + 2 * column] > 0
      #expect(isPublished == (stack.reference.clearViews(row: row, column: column) > 0))
    }
  }
}
