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

private let size = RasterSize(rows: 96, columns: 70)

/// Bits, so that equal means equal.
private func bits(_ image: FloatImage) -> [UInt32] { image.pixels.map(\.bitPattern) }

private func stack(_ folder: TemporaryFolder) throws -> ViewStack {
  let scene = WaveScene(finest: 3)
  let views = try (0..<2).map {
    try ViewRaster.make(
      scene.image(size, shift: Shift(rows: 0.3 * Double($0), columns: 0)), name: "\($0)", scratch: folder.path)
  }
  return try ViewStack.make(views, scratch: folder.path)
}

/// A run that ends after a share of its tiles, or not at all; and the share it began with.
private func run(
  _ stack: ViewStack, _ checkpoints: RowCheckpoints?, scratch: TemporaryFolder, until: Double = 2
) async throws -> (image: FloatImage, begins: Double) {
  let first = Mutex<Double?>(nil)
  let reached = Mutex(false)
  let task = Task {
    try await superResolve(
      stack, with: .bicubic, coreSide: 24, scratch: scratch.path, checkpoints: checkpoints,
      workers: WorkerPool(workers: 2)
    ) { share in
      first.withLock { $0 = $0 ?? share }
      guard share >= until else { return }
      reached.withLock { $0 = true }
      withUnsafeCurrentTask { $0?.cancel() }
    }
  }
  if until < 1 {
    while !reached.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(1)) }
    task.cancel()
  }
  let mosaic = try await task.value
  return (mosaic.image(mosaic.size.window), first.withLock { $0 } ?? 0)
}

@Test func aJobThatWasCutOffGoesOnBehindItsLastFinishedRow() async throws {
  let folder = try TemporaryFolder()
  let stack = try stack(folder)
  let whole = try await run(stack, nil, scratch: folder)
  // 4 rows of 3 tiles. What a killed process leaves is what is on the disk: here, the folder as it was mid-way.
  let kept = try TemporaryFolder()
  let checkpoints = RowCheckpoints(folder: kept.path, identity: "a")
  let complete = try await run(stack, checkpoints, scratch: folder)
  #expect(bits(complete.image) == bits(whole.image) && complete.begins < 0.1)
  for (missing, begins) in [(3, 0.75), (1, 0.25), (0, 0)] {
    for row in missing..<4 { try Folder.remove("\(kept.path)/row-\(row).checkpoint") }
    let resumed = try await run(stack, checkpoints, scratch: folder)
    #expect(bits(resumed.image) == bits(whole.image), "resumed behind row \(missing)")
    #expect(abs(resumed.begins - begins) < 1e-9)
  }
}

@Test func aFinishedMosaicIsNotComputedAgain() async throws {
  let folder = try TemporaryFolder()
  let stack = try stack(folder)
  let kept = try TemporaryFolder()
  let checkpoints = RowCheckpoints(folder: kept.path, identity: "a")
  let first = try await run(stack, checkpoints, scratch: folder)
  let second = try await run(stack, checkpoints, scratch: folder)
  #expect(bits(first.image) == bits(second.image) && second.begins == 1)
}

/// A byte that changed in the mosaic, a torn record, and records of other inputs.
@Test(arguments: ["mosaic", "record", "shared", "identity", "size"])
func whatDoesNotHoldIsComputedAgain(damage: String) async throws {
  let folder = try TemporaryFolder()
  let stack = try stack(folder)
  let kept = try TemporaryFolder()
  let whole = try await run(stack, RowCheckpoints(folder: kept.path, identity: "a"), scratch: folder)
  func flip(_ file: String, at share: Double) throws {
    let url = URL(fileURLWithPath: "\(kept.path)/\(file)")
    var data = try Data(contentsOf: url)
    data[Int(Double(data.count - 1) * share)] ^= 0x40
    try data.write(to: url)
  }
  var identity = "a"
  var begins = 0.0
  switch damage {
  case "mosaic":  // band 0, somewhere in the second row of tiles
    try flip("mosaic.f32", at: 0.4 / 3)
    begins = 0.25
  case "record":
    let path = "\(kept.path)/row-2.checkpoint"
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    try data.prefix(data.count - 100).write(to: URL(fileURLWithPath: path))
    begins = 0.5
  case "shared":
    try flip("row-0.checkpoint", at: 0.9)
  case "identity": identity = "b"
  default:
    let data = try Data(contentsOf: URL(fileURLWithPath: "\(kept.path)/mosaic.f32"))
    try data.prefix(data.count / 2).write(to: URL(fileURLWithPath: "\(kept.path)/mosaic.f32"))
  }
  let resumed = try await run(stack, RowCheckpoints(folder: kept.path, identity: identity), scratch: folder)
  #expect(bits(resumed.image) == bits(whole.image))
  #expect(abs(resumed.begins - begins) < 1e-9)
}

@Test func aCancelledJobLeavesWhatItFinished() async throws {
  let folder = try TemporaryFolder()
  let stack = try stack(folder)
  let whole = try await run(stack, nil, scratch: folder)
  let kept = try TemporaryFolder()
  let checkpoints = RowCheckpoints(folder: kept.path, identity: "a")
  await #expect(throws: CancellationError.self) {
    _ = try await run(stack, checkpoints, scratch: folder, until: 0.5)
  }
  let resumed = try await run(stack, checkpoints, scratch: folder)
  #expect(bits(resumed.image) == bits(whole.image) && resumed.begins >= 0.5)
}
