import Geometry
import Raster
import Stacking
import SuperResolution
import TestSupport
import Testing
import Workers

/// Windows are finished, in a process of its own, with what the plan of a run counts for it:
/// no more, and not much less.
@Test(arguments: [1, 8])
func aWindowTakesTheMemoryThatIsPlanned(views: Int) async throws {
  await #expect(processExitsWith: .success) { [views = views as Int] in
    let folder = try TemporaryFolder()
    // Of nine windows the one in the middle has its whole halo.
    let side = 2 * WindowFinisher.side + BackProjection.halo
    let stack = try makeStack(views, RasterSize(rows: side, columns: side), folder)
    let pool = WorkerPool(workers: 1)
    let mosaic = try await superResolve(stack, with: .bicubic, coreSide: 64, scratch: folder.path, workers: pool)
    stack.release()
    mosaic.release()
    let windows = WindowFinisher(mosaic, stack, with: BackProjection(rule: .sensor, pointSpread: .sentinel2())) { _ in }
    try ProcessMemory.forgetPeak()
    let before = try ProcessMemory.current()
    try await windows.finishRest(workers: pool)
    let taken = try ProcessMemory.peak() - before
    let planned = WindowFinisher.workingBytes(views: views, bands: 3)
    #expect(taken <= planned && taken > planned / 2, "\(taken >> 20) of \(planned >> 20) MiB")
  }
}
