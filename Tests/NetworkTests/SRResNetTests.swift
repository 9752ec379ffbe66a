import Foundation
import Geometry
import Kernels
import Networks
import Raster
import Storage
import TestSupport
import Testing

private let folder = packageFolder() + "/models"
private let weightsPath = "\(folder)/comparison/srresnet-rgb-x2.safetensors"

/// What the card says that these tests need.
private struct Card: Decodable {
  let bands: [String]
  let hidden: Int
  let normalisation: ModelCard.Normalisation
  let weights: ModelCard.Weights

  init() throws {
    let bytes = try #require(readBytes("\(folder)/comparison/srresnet-rgb-x2.json"))
    self = try JSONDecoder().decode(Card.self, from: Data(bytes))
  }
}

private func readTensors(_ path: String) throws -> SafeTensors {
  try SafeTensors(path: path, bytes: #require(readBytes(path)))
}

private func readGolden() throws -> SafeTensors { try readTensors("\(folder)/golden/srresnet-rgb-x2.safetensors") }

private func largestError(_ image: FloatImage, _ expected: FloatImage) -> Float {
  guard image.size == expected.size, image.bands == expected.bands else { return .infinity }
  return zip(image.pixels, expected.pixels).map { abs($0 - $1) }.max() ?? 0
}

@Test func goldenTensorsBelongToTheWeightsOfSRResNet() throws {
  let digest = Digester.hexadecimal(.sha256, of: try #require(readBytes(weightsPath)))
  #expect(try readGolden().metadata["weightsSha256"] == digest)
  #expect(try Card().weights.sha256 == digest)
}

@Test(arguments: ConvolutionKernel.available)
func everyLayerOfSRResNetEqualsPyTorch(kernel: ConvolutionKernel) throws {
  let card = try Card()
  let network = try SRResNet(
    readTensors(weightsPath), bands: card.bands.count, hidden: card.hidden, kernel: kernel)
  let golden = try readGolden()
  func image(_ name: String) throws -> FloatImage {
    let tensor = try #require(golden.tensors[name], "golden tensor \(name)")
    return FloatImage(
      bands: tensor.shape[0], size: RasterSize(rows: tensor.shape[1], columns: tensor.shape[2]), pixels: tensor.values)
  }
  var compared: [String] = []
  let detail = network.apply(try image("input")) { layer, features in
    guard golden.tensors[layer] != nil, let expected = try? image(layer) else { return }
    var found = FloatImage(
      bands: features.channels, size: RasterSize(rows: features.rows, columns: features.columns))
    for channel in 0..<features.channels {
      for row in 0..<features.rows {
        for column in 0..<features.columns { found[channel, row, column] = features.pointer(row, column)[channel] }
      }
    }
    let error = largestError(found, expected)
    #expect(error < 1e-4, "\(layer) is off by \(error)")
    compared.append(layer)
  }
  #expect(compared == ["head", "blocks.0", "blocks.7", "blocks.15", "tail", "up"])
  let error = largestError(detail, try image("detail"))
  #expect(error < 1e-4, "what is added is off by \(error)")

  // The image: the upsampled reference plus what the network adds.
  var output = Bicubic.upsample(try image("reference"))
  for index in output.pixels.indices {
    output.pixels[index] += card.normalisation.std[index / output.size.pixelCount] * detail.pixels[index]
  }
  let off = largestError(output, try image("output"))
  #expect(off < 1e-4, "the output is off by \(off)")
}

/// Maps are used again: what an earlier image left in them changes nothing.
@Test func imagesDoNotDependOnWhatSRResNetSawBefore() throws {
  let network = try SRResNet(readTensors(weightsPath), bands: 3, hidden: 64)
  var generator = SeededGenerator(31)
  func image(_ rows: Int, _ columns: Int) -> FloatImage {
    FloatImage(
      bands: 3, size: RasterSize(rows: rows, columns: columns), pixels: generator.floats(3 * rows * columns))
  }
  let (small, large) = (image(6, 9), image(14, 11))
  let first = network.apply(small)
  #expect(first.size == RasterSize(rows: 12, columns: 18) && first.bands == 3)
  #expect(network.apply(large).size == RasterSize(rows: 28, columns: 22))
  #expect(network.apply(small) == first)
}

@Test func anotherShapeThanSRResNetHasIsRefused() throws {
  let tensors = try readTensors(weightsPath)
  #expect(throws: NetworkError.self) { try SRResNet(tensors, bands: 4, hidden: 64) }
  #expect(throws: NetworkError.self) { try SRResNet(tensors, bands: 3, hidden: 32) }
  let other = try readTensors("\(folder)/highresnet-rgb-x2.safetensors")
  let error = #expect(throws: NetworkError.self) { try SRResNet(other, bands: 3, hidden: 64) }
  #expect(error?.description == "\(other.path): has no tensor head.0.weight")
}

/// The weights with pieces of their header exchanged, one after the other.
private func weights(exchanging pieces: KeyValuePairs<String, String>) throws -> SafeTensors {
  let bytes = try #require(readBytes(weightsPath))
  let start = 8 + Int(bytes[0..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  var header = String(decoding: bytes[8..<start], as: UTF8.self)
  for (old, new) in pieces {
    #expect(header.contains(old))
    header = header.replacingOccurrences(of: old, with: new)
  }
  return try SafeTensors(path: "x", bytes: safetensors(header, data: Array(bytes[start...])))
}

@Test(arguments: [
  ("[64,3,9,9]", "[64,9,3,9]", "tensor head.0.weight has shape [64, 9, 3, 9], expected [64, 3, 9, 9]"),
  ("blocks.3.body.1.running_var", "gone", "has no tensor blocks.3.body.1.running_var"),
  ("up.2.weight", "gone", "has no tensor up.2.weight"),
])
func damagedWeightsOfSRResNetAreRefused(old: String, new: String, reason: String) throws {
  let tensors = try weights(exchanging: [old: new])
  let error = #expect(throws: NetworkError.self) { try SRResNet(tensors, bands: 3, hidden: 64) }
  #expect(error?.reason == reason)
}

@Test func negativeVariancesAreRefused() throws {
  let tensors = try weights(exchanging: [
    "tail.1.running_var": "kept", "tail.1.running_mean": "tail.1.running_var", "kept": "tail.1.running_mean",
  ])
  let error = #expect(throws: NetworkError.self) { try SRResNet(tensors, bands: 3, hidden: 64) }
  #expect(error?.reason == "tensor tail.1.running_var holds negative values")
}
