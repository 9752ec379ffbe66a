import Geometry
import Kernels
import Networks
import Raster
import TestSupport
import Testing

/// Every layer against PyTorch, on the weights that ship: `models/golden`, written by `training/`.
private struct Golden {
  let model: Model
  let network: HighResNet
  let tensors: SafeTensors

  init(kernel: ConvolutionKernel? = nil) throws {
    let folder = packageFolder() + "/models"
    model = try Model.load("\(folder)/highresnet-rgb-x2.json")
    let weights = "\(folder)/\(model.card.weights.file)"
    network = try HighResNet(
      SafeTensors(path: weights, bytes: #require(readBytes(weights))), bands: model.card.bands.count,
      hidden: model.card.hidden, kernel: kernel)
    let path = "\(folder)/golden/highresnet-rgb-x2.safetensors"
    let bytes = try #require(readBytes(path))
    tensors = try SafeTensors(path: path, bytes: bytes)
  }

  func image(_ name: String, _ index: Int? = nil) throws -> FloatImage {
    let tensor = try #require(tensors.tensors[name], "golden tensor \(name)")
    let shape = index == nil ? tensor.shape : Array(tensor.shape.dropFirst())
    let count = shape.reduce(1, *)
    let start = (index ?? 0) * count
    return FloatImage(
      bands: shape[0], size: RasterSize(rows: shape[1], columns: shape[2]),
      pixels: Array(tensor.values[start..<(start + count)]))
  }
}

private func largestError(_ features: FeatureMap, _ expected: FloatImage, step: Int = 1, row: Int = 0, column: Int = 0)
  -> Float
{
  var worst: Float = 0
  for channel in 0..<features.channels {
    for r in 0..<features.rows {
      for c in 0..<features.columns {
        let value = features.pointer(r, c)[channel]
        worst = max(worst, abs(value - expected[channel, r * step + row, c * step + column]))
      }
    }
  }
  return worst
}

@Test func goldenTensorsBelongToTheShippedWeights() throws {
  let golden = try Golden()
  #expect(golden.tensors.metadata["weightsSha256"] == golden.model.card.weights.sha256)
}

@Test(arguments: ["k1", "k3", "k5", "k8", "k3holes"], ConvolutionKernel.available)
func everyLayerEqualsPyTorch(name: String, kernel: ConvolutionKernel) throws {
  let golden = try Golden(kernel: kernel)
  let card = golden.model.card
  func normalise(_ image: FloatImage) -> FloatImage {
    var result = image
    for band in 0..<image.bands {
      for pixel in 0..<image.size.pixelCount {
        let index = band * image.size.pixelCount + pixel
        result.pixels[index] = (image.pixels[index] - card.normalisation.mean[band]) / card.normalisation.std[band]
      }
    }
    return result
  }
  let reference = try golden.image("\(name).reference")
  let valid = try #require(golden.tensors.tensors["\(name).valid"])
  let viewCount = valid.shape[0]
  let plane = reference.size.pixelCount
  let views = try (0..<viewCount).map { index -> FloatImage in
    var view = try golden.image("\(name).views", index)
    for band in 0..<view.bands {
      for pixel in 0..<plane where valid.values[index * plane + pixel] == 0 {
        view.pixels[band * plane + pixel] = reference.pixels[band * plane + pixel]
      }
    }
    return view
  }
  var compared = 0
  // Single precision gives so many digits: features of 17 are compared as exactly as features of 1.
  var worst: [String: (error: Float, limit: Float)] = [:]
  func limit(_ expected: FloatImage) -> Float { max(1e-4, 2e-5 * (expected.pixels.map(abs).max() ?? 0)) }
  let added = golden.network.apply(views: views.map(normalise), reference: normalise(reference)) { layer, features in
    let parts = layer.split(separator: ".")
    if layer.hasPrefix("decode.deconv"), golden.tensors.tensors["\(name).decode.deconv"] != nil {
      let phase = parts[2]
      if let expected = try? golden.image("\(name).decode.deconv") {
        let error = largestError(
          features, expected, step: 2, row: phase.first == "1" ? 1 : 0, column: phase.last == "1" ? 1 : 0)
        worst[layer] = (error, limit(expected))
        compared += 1
      }
    } else if let index = Int(parts[2]), let tensor = golden.tensors.tensors["\(name).\(parts[0]).\(parts[1])"],
      index < tensor.shape[0], let expected = try? golden.image("\(name).\(parts[0]).\(parts[1])", index)
    {
      worst[layer] = (largestError(features, expected), limit(expected))
      compared += 1
    }
  }
  for (layer, found) in worst { #expect(found.error < found.limit, "\(name) \(layer)") }
  // Four encoder layers at least, every fusion level.
  #expect(compared >= 4 + (viewCount > 1 ? 1 : 0))

  let output = golden.model.superResolve(views: views, reference: reference)
  let expected = try golden.image("\(name).output")
  // PyTorch's, limited as what ships is.
  let bicubic = Bicubic.upsample(reference)
  var limited = expected
  for index in limited.pixels.indices { limited.pixels[index] -= bicubic.pixels[index] }
  CorrectionLimit.apply(to: &limited, reference: reference, around: reference.size.window)
  for index in limited.pixels.indices { limited.pixels[index] += bicubic.pixels[index] }
  let error = zip(output.pixels, limited.pixels).map { abs($0 - $1) }.max() ?? 1
  #expect(error < 1e-4, "\(name) output")
  // The same with this kernel: the upsampled reference plus what the network adds.
  let upsampled = Bicubic.upsample(reference)
  let outputPlane = upsampled.size.pixelCount
  let kernelError = expected.pixels.indices.map { index in
    abs(
      upsampled.pixels[index] + card.normalisation.std[index / outputPlane] * added.pixels[index]
        - expected.pixels[index])
  }
  #expect((kernelError.max() ?? 1) < 1e-4, "\(name) output")
}
