private import Foundation
package import Geometry
package import Raster
internal import Storage

/// The JSON beside the weights of a building network.
package struct BuildingModelCard: Sendable, Codable {
  /// How single buildings are made of probabilities; chosen with the weights.
  package struct Polygons: Sendable, Codable {
    /// A pixel is building where its probability is higher.
    package var threshold: Double
    /// Seeds of the watershed: p (1 - separationWeight q) is higher.
    package var seed: Double
    package var separationWeight: Double?
    package var minAreaPixels: Double
  }

  package var format: String
  package var name: String
  package var version: String
  package var architecture: String
  package var variant: String
  package var parameters: Int
  /// Sentinel-2 band names in the order of the network's channels.
  package var bands: [String]
  /// Metres.
  package var pixelSize: Double
  /// Pixels around a window that its output depends on.
  package var halo: Int
  package var normalisation: ModelCard.Normalisation
  /// The first is the building.
  package var classes: [String]
  package var polygons: Polygons
  package var weights: ModelCard.Weights
}

/// A network that finds buildings, ready to run, with its card.
package struct BuildingModel: Sendable {
  package let card: BuildingModelCard
  /// Path of the card.
  package let path: String
  package let network: HRNet

  /// Reads a model card and the weights it names.
  /// - Parameter path: the card (`.json`) or the weights (`.safetensors`, with the card beside them).
  /// - Throws: `NetworkError`: unreadable, another format or architecture, or weights whose SHA-256 is not the card's.
  package static func load(_ path: String) throws(NetworkError) -> BuildingModel {
    let cardPath = path.hasSuffix(".safetensors") ? path.dropLast(".safetensors".count) + ".json" : path
    let cardBytes = try Model.read(cardPath)
    let card: BuildingModelCard
    do { card = try JSONDecoder().decode(BuildingModelCard.self, from: Data(cardBytes)) } catch {
      throw NetworkError(path: cardPath, reason: "is not the card of a building model: \(cardProblem(error))")
    }
    let variant = try check(card, path: cardPath)
    let folder = cardPath.lastIndex(of: "/").map { String(cardPath[...$0]) } ?? ""
    let weightsPath = folder + card.weights.file
    let bytes = try Model.read(weightsPath)
    let digest = Digester.hexadecimal(.sha256, of: bytes)
    guard digest == card.weights.sha256 else {
      throw NetworkError(path: weightsPath, reason: "has SHA-256 \(digest), its card says \(card.weights.sha256)")
    }
    let network = try HRNet(
      try SafeTensors(path: weightsPath, bytes: bytes), variant: variant, bands: card.bands.count,
      classes: card.classes.count)
    return BuildingModel(card: card, path: cardPath, network: network)
  }

  private static func check(_ card: BuildingModelCard, path: String) throws(NetworkError) -> HRNet.Variant {
    func expect(_ holds: Bool, _ reason: String) throws(NetworkError) {
      if !holds { throw NetworkError(path: path, reason: reason) }
    }
    try expect(card.format == "supertile-model/1", "has format \(card.format), expected supertile-model/1")
    try expect(card.architecture == "hrnet", "has architecture \(card.architecture), expected hrnet")
    guard let variant = HRNet.Variant(rawValue: card.variant) else {
      throw NetworkError(
        path: path,
        reason:
          "has variant \(card.variant), expected \(HRNet.Variant.allCases.map(\.rawValue).joined(separator: " or "))")
    }
    try expect(card.bands.count == 3, "has \(card.bands.count) bands, expected 3")
    try expect((1...2).contains(card.classes.count), "has \(card.classes.count) classes, expected 1 or 2")
    try expect(card.pixelSize > 0 && card.pixelSize.isFinite, "has pixels of \(card.pixelSize) m")
    try expect((0...1024).contains(card.halo), "has a halo of \(card.halo) pixels")
    try expect(
      card.normalisation.mean.count == 3 && card.normalisation.std.count == 3
        && card.normalisation.std.allSatisfy { $0 > 0 && $0.isFinite }
        && card.normalisation.mean.allSatisfy(\.isFinite),
      "needs one mean and one positive standard deviation for each of its 3 bands")
    let rule = card.polygons
    try expect(
      [rule.threshold, rule.seed, rule.separationWeight ?? 0].allSatisfy { (0...1).contains($0) }
        && rule.minAreaPixels >= 0 && rule.minAreaPixels.isFinite,
      "has polygons with a threshold, seed or weight outside 0...1, or a negative area")
    try expect(!card.weights.file.contains("/"), "names a weight file in another folder: \(card.weights.file)")
    return variant
  }

  /// Probability of each class on one window.
  /// - Parameters:
  ///   - image: reflectance, bands as the card's; NaN where there is no data, which is taken as the mean. Rows and columns
  ///     are multiples of 16.
  ///   - kept: the part that is wanted; nil for all.
  /// - Returns: 0 to 1, rows x columns of `kept` x classes.
  package func probabilities(_ image: FloatImage, keeping kept: PixelWindow? = nil) -> FloatImage {
    var input = image
    let plane = image.size.pixelCount
    for band in 0..<image.bands {
      let (mean, inverse) = (card.normalisation.mean[band], 1 / card.normalisation.std[band])
      for index in (band * plane)..<((band + 1) * plane) {
        let value = image.pixels[index]
        input.pixels[index] = value.isNaN ? 0 : (value - mean) * inverse
      }
    }
    var output = network.apply(input, keeping: kept)
    for index in output.pixels.indices { output.pixels[index] = 1 / (1 + exp(-output.pixels[index])) }
    return output
  }
}
