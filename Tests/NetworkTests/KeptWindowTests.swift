import Geometry
import Networks
import Raster
import TestSupport
import Testing

private func images(_ count: Int, _ size: RasterSize, _ seed: UInt64) -> [FloatImage] {
  var generator = SeededGenerator(seed)
  return (0..<count).map { _ in FloatImage(bands: 3, size: size, pixels: generator.floats(3 * size.pixelCount)) }
}

/// Whether `part` is that part of `whole`; a value that is no number is not.
private func isPart(_ part: FloatImage, of whole: FloatImage, at window: PixelWindow) -> Bool {
  part.size == window.size
    && zip(part.pixels, whole.cropped(to: window).pixels).allSatisfy { abs($0 - $1) < 1e-4 }
}

/// What is kept is that part of the whole result, in the middle and at the borders, for every number of fusion levels.
@Test(arguments: [1, 2, 3, 5, 8])
func whatIsKeptEqualsThatPartOfTheWhole(views: Int) throws {
  // Another network's maps: what the whole run leaves in its own must not stand in for what a part does not compute.
  let path = packageFolder() + "/models/highresnet-rgb-x2.json"
  let (other, network) = (try Model.load(path).network, try Model.load(path).network)
  let size = RasterSize(rows: 52, columns: 61)
  let stack = images(views, size, 3)
  let reference = images(1, size, 4)[0]
  let whole = other.apply(views: stack, reference: reference)
  for kept in [
    PixelWindow(row: 0, column: 0, rows: 20, columns: 30), PixelWindow(row: 18, column: 25, rows: 9, columns: 11),
    PixelWindow(row: 40, column: 60, rows: 12, columns: 1), PixelWindow(row: 0, column: 0, rows: 52, columns: 61),
  ] {
    let part = network.apply(views: stack, reference: reference, keeping: kept)
    let isSame = isPart(part, of: whole, at: kept.scaled(by: 2))
    #expect(isSame, "\(kept)")
  }
}

/// Computed in strips, be they of few rows, of many, or of more than there are, the result is that of the whole window.
@Test(arguments: [1, 2, 3, 5, 8], [4, 7, 24, 64])
func stripsGiveWhatTheWholeWindowGives(views: Int, stripRows: Int) throws {
  let network = try Model.load(packageFolder() + "/models/highresnet-rgb-x2.json").network
  let size = RasterSize(rows: 97, columns: 43)
  let stack = images(views, size, 13)
  let reference = images(1, size, 14)[0]
  let whole = network.apply(views: stack, reference: reference, stripRows: size.rows)
  for kept in [
    size.window, PixelWindow(row: 20, column: 20, rows: 57, columns: 3),
    PixelWindow(row: 1, column: 0, rows: 60, columns: 30), PixelWindow(row: 30, column: 10, rows: 66, columns: 33),
    PixelWindow(row: 96, column: 0, rows: 1, columns: 43),
  ] {
    let part = network.apply(views: stack, reference: reference, keeping: kept, stripRows: stripRows)
    let isSame = isPart(part, of: whole, at: kept.scaled(by: 2))
    #expect(isSame, "\(kept)")
  }
}

/// Windows that are computed at the same time do not share maps.
@Test func windowsAtTheSameTimeDoNotDisturbEachOther() async throws {
  let network = try Model.load(packageFolder() + "/models/highresnet-rgb-x2.json").network
  let size = RasterSize(rows: 37, columns: 41)
  let stacks = (0..<4).map { images(2, size, UInt64(50 + $0)) }
  let alone = stacks.map { network.apply(views: $0, reference: $0[0]).pixels }
  let together = await withTaskGroup(of: (Int, Bool).self) { group in
    for round in 0..<24 {
      group.addTask {
        let stack = stacks[round % 4]
        return (round, network.apply(views: stack, reference: stack[0]).pixels == alone[round % 4])
      }
    }
    return await group.reduce(into: [Int]()) { if !$1.1 { $0.append($1.0) } }
  }
  #expect(together.isEmpty)
}

/// Maps are used again: what an earlier window left in them changes nothing.
@Test func windowsDoNotDependOnWhatWasComputedBefore() throws {
  let path = packageFolder() + "/models/highresnet-rgb-x2.json"
  let (used, fresh) = (try Model.load(path).network, try Model.load(path).network)
  let (large, small) = (RasterSize(rows: 60, columns: 50), RasterSize(rows: 41, columns: 37))
  var noise = images(4, large, 9)
  noise[1].pixels[100] = .nan
  _ = used.apply(views: noise, reference: noise[0])
  let kept = PixelWindow(row: 10, column: 0, rows: 20, columns: 30)
  for size in [small, large] {
    let stack = images(3, size, 10)
    #expect(
      used.apply(views: stack, reference: stack[0], keeping: kept).pixels
        == fresh.apply(views: stack, reference: stack[0], keeping: kept).pixels)
  }
}
