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

@Test func aModelOfAnotherKindIsRefused() {
  let error = #expect(throws: NetworkError.self) { try BuildingModel.load("\(folder)/highresnet-rgb-x2.json") }
  #expect(error?.reason.contains("building model") ?? false)
  #expect(throws: NetworkError.self) { try BuildingModel.load("\(folder)/no-such-model.json") }
}
