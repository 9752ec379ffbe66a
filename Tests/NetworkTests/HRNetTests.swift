import Geometry
import Kernels
import Networks
import Raster
import TestSupport
import Testing

private let folder = packageFolder() + "/models"

/// Every stage against PyTorch, on the weights that ship.
@Test(arguments: ConvolutionKernel.available)
func everyStageOfHRNetEqualsPyTorch(kernel: ConvolutionKernel) throws {
  let model = try BuildingModel.load("\(folder)/hrnet-buildings.json")
  let weights = "\(folder)/\(model.card.weights.file)"
  let network = try HRNet(
    SafeTensors(path: weights, bytes: #require(readBytes(weights))), variant: model.network.variant, bands: 3,
    classes: model.card.classes.count, kernel: kernel)
  let path = "\(folder)/golden/hrnet-buildings.safetensors"
  let golden = try SafeTensors(path: path, bytes: #require(readBytes(path)))
  #expect(golden.metadata["weightsSha256"] == model.card.weights.sha256)
  func image(_ name: String) throws -> FloatImage {
    let tensor = try #require(golden.tensors[name], "golden tensor \(name)")
    return FloatImage(
      bands: tensor.shape[0], size: RasterSize(rows: tensor.shape[1], columns: tensor.shape[2]), pixels: tensor.values)
  }
  var compared = 0
  let logits = network.apply(try image("input")) { layer, features in
    guard let expected = try? image(layer) else { return }
    guard expected.size == RasterSize(rows: features.rows, columns: features.columns) else {
      Issue.record("\(layer) is \(features.rows) x \(features.columns), expected \(expected.size)")
      return
    }
    var worst: Float = 0
    for channel in 0..<features.channels {
      for row in 0..<features.rows {
        for column in 0..<features.columns {
          worst = max(worst, abs(features.pointer(row, column)[channel] - expected[channel, row, column]))
        }
      }
    }
    #expect(worst < 1e-4, "\(layer) is off by \(worst)")
    compared += 1
  }
  #expect(compared == 3 + 2 + 3 + 4 + 2)
  let error = zip(logits.pixels, try image("logits").pixels).map { abs($0 - $1) }.max() ?? 1
  #expect(error < 1e-4, "logits are off by \(error)")
  let probability = model.probabilities(try image("image"))
  let off = zip(probability.pixels, try image("probability").pixels).map { abs($0 - $1) }.max() ?? 1
  #expect(off < 1e-4, "probabilities are off by \(off)")
}

/// What is kept is that part of the whole result, wherever it lies, also where maps hold what earlier windows left: to the
/// last bit, but for OpenBLAS, which rounds a pixel in one way or another by how many others are in its run.
@Test func whatIsKeptOfHRNetEqualsThatPartOfTheWhole() throws {
  let path = "\(folder)/hrnet-buildings.json"
  let (model, fresh) = (try BuildingModel.load(path), try BuildingModel.load(path))
  let most: Float = model.network.kernel == .openBLAS ? 4e-6 : 0
  var generator = SeededGenerator(12)
  func image(_ rows: Int, _ columns: Int) -> FloatImage {
    let size = RasterSize(rows: rows, columns: columns)
    return FloatImage(bands: 3, size: size, pixels: generator.floats(3 * size.pixelCount))
  }
  var damaged = image(80, 96)
  damaged.pixels[1000] = .infinity
  _ = model.network.apply(damaged)
  for (rows, columns) in [(64, 80), (96, 112), (16, 16)] {
    let input = image(rows, columns)
    let whole = fresh.network.apply(input)
    for kept in [
      input.size.window, PixelWindow(row: 0, column: 0, rows: 5, columns: 6),
      PixelWindow(row: 3, column: 7, rows: 12, columns: 9), PixelWindow(row: rows - 1, column: 0, rows: 1, columns: 16),
      PixelWindow(row: 1, column: columns - 9, rows: 2, columns: 9),
    ] {
      let part = model.network.apply(input, keeping: kept)
      try #require(part.size == kept.size)
      // What is no number differs from everything.
      let off = zip(part.pixels, whole.cropped(to: kept).pixels).map { abs($0 - $1) }
      let isSame = off.allSatisfy { $0 <= most }
      #expect(isSame, "\(kept) of \(input.size) is off by \(off.max() ?? 0)")
    }
  }
}

/// The largest maps are computed band after band of rows; where bands begin changes no bit. Traced, there is one band.
@Test func bandsOfHRNetEqualTheWhole() throws {
  let network = try BuildingModel.load("\(folder)/hrnet-buildings.json").network
  var generator = SeededGenerator(15)
  // 192 rows of half the resolution are a band: one, one and a bit, two and most of a third.
  for rows in [384, 400, 1040] {
    let size = RasterSize(rows: rows, columns: 32)
    let image = FloatImage(bands: 3, size: size, pixels: generator.floats(3 * size.pixelCount))
    let (banded, whole) = (network.apply(image).pixels, network.apply(image) { _, _ in }.pixels)
    let off = zip(banded, whole).map { abs($0 - $1) }.max() ?? 1
    #expect(off <= (network.kernel == .openBLAS ? 4e-6 : 0), "\(rows) rows are off by \(off)")
  }
}

/// Windows that are computed at the same time do not share maps, and their memory can be given back.
@Test func windowsOfHRNetAtTheSameTimeDoNotDisturbEachOther() async throws {
  let network = try BuildingModel.load("\(folder)/hrnet-buildings.json").network
  var generator = SeededGenerator(13)
  let images = [(32, 48), (64, 32), (48, 48)].map { rows, columns in
    let size = RasterSize(rows: rows, columns: columns)
    return FloatImage(bands: 3, size: size, pixels: generator.floats(3 * size.pixelCount))
  }
  let alone = images.map { network.apply($0).pixels }
  let wrong = await withTaskGroup(of: Bool.self) { group in
    for round in 0..<24 {
      group.addTask { network.apply(images[round % 3]).pixels != alone[round % 3] }
    }
    return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
  }
  #expect(wrong == 0 && network.keptBytes > 0)
  network.releaseMaps()
  #expect(network.keptBytes == 0)
}

@Test func aModelOfAnotherKindIsRefused() {
  let error = #expect(throws: NetworkError.self) { try BuildingModel.load("\(folder)/highresnet-rgb-x2.json") }
  #expect(error?.reason.contains("building model") ?? false)
  #expect(throws: NetworkError.self) { try BuildingModel.load("\(folder)/no-such-model.json") }
}
