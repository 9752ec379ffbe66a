import Foundation
import Geometry
import Raster
import Stacking
import Storage
import SuperResolution
import Synchronization
import TestSupport
import Testing
import Workers

private let size = RasterSize(rows: 90, columns: 70)

private func stack(_ folder: TemporaryFolder) async throws -> ViewStack {
  let image = WaveScene(finest: 3).image(size)
  let view = try ViewRaster.make(image, name: "v", scratch: folder.path)
  let identity = [Harmonisation.identity(bands: 3)]
  let reference = try await ReferenceFrame(
    views: [view], harmonisations: identity, filling: [0.1, 0.1, 0.1], scratch: folder.path,
    workers: WorkerPool(workers: 2))
  return ViewStack(views: [view], harmonisations: identity, reference: reference)
}

/// Cut short after `tiles` tiles, then run again to the end.
@Test(arguments: [1, 2, 3, 5, 6, 11])
func workThatWasCutShortGoesOnAtTheLastFinishedRow(tiles: Int) async throws {
  let folder = try TemporaryFolder()
  let stack = try await stack(folder)
  func run(_ name: String, checkpoint: MosaicCheckpoint? = nil, until: Int = .max) async throws -> (FloatImage, Int) {
    let scratch = "\(folder.path)/\(name)"
    try Folder.make(scratch)
    let steps = Mutex(0)
    let pool = WorkerPool(workers: 2)
    let work = Task {
      try await superResolve(
        stack, with: .bicubic, coreSide: 24, scratch: scratch, workers: pool, checkpoint: checkpoint
      ) { _ in steps.withLock { $0 += 1 } }
    }
    if until < .max {
      while steps.withLock({ $0 }) < until { try await Task.sleep(for: .milliseconds(1)) }
      work.cancel()
    }
    let mosaic = try await work.value
    return (mosaic.image(mosaic.size.window), steps.withLock { $0 })
  }
  let (whole, all) = try await run("whole")
  #expect(all == 12, "three tiles a row, four rows")
  let checkpoint = MosaicCheckpoint(folder: folder.path + "/checkpoint")
  do { _ = try await run("cut", checkpoint: checkpoint, until: tiles) } catch is CancellationError {}
  let kept = Folder.list(checkpoint.folder).filter { $0.hasSuffix(".f32") }.count
  #expect(kept >= tiles / 3)
  let (resumed, steps) = try await run("again", checkpoint: checkpoint)
  #expect(resumed == whole, "bit for bit")
  #expect(steps == 12 - 3 * kept, "finished rows are not computed again")
}

@Test func aDamagedCheckpointIsNotUsedBeyondTheDamage() async throws {
  let folder = try TemporaryFolder()
  let stack = try await stack(folder)
  let checkpoint = MosaicCheckpoint(folder: folder.path + "/checkpoint")
  func run(_ name: String) async throws -> FloatImage {
    try Folder.make("\(folder.path)/\(name)")
    let mosaic = try await superResolve(
      stack, with: .bicubic, coreSide: 24, scratch: "\(folder.path)/\(name)", workers: WorkerPool(workers: 2),
      checkpoint: checkpoint)
    return mosaic.image(mosaic.size.window)
  }
  let first = try await run("a")
  let files = Folder.list(checkpoint.folder)
  #expect(files == ["row-0000.f32", "row-0001.f32", "row-0002.f32", "row-0003.f32"])
  #expect(truncate(checkpoint.folder + "/row-0001.f32", 100) == 0)
  #expect(try await run("b") == first)
}
