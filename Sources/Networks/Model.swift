private import Foundation
package import Geometry
package import Raster
internal import Storage

/// A network ready to run, with its card.
package struct Model: Sendable {
  package let card: ModelCard
  /// Path of the card.
  package let path: String
  package let network: HighResNet

  private static let largestFile = 1 << 30
  private static let architecture = "highresnet"

  /// What every card says, whatever else is in it.
  private struct Kind: Decodable {
    let architecture: String?
  }

  /// Reads a model card and the weights it names.
  /// - Parameter path: the card (`.json`) or the weights (`.safetensors`, with the card beside them).
  /// - Throws: `NetworkError`: unreadable, another format or architecture, or weights whose SHA-256 is not the card's.
  package static func load(_ path: String) throws(NetworkError) -> Model {
    let cardPath = path.hasSuffix(".safetensors") ? path.dropLast(".safetensors".count) + ".json" : path
    let cardBytes = try read(cardPath)
    let card: ModelCard
    let kind = try? JSONDecoder().decode(Kind.self, from: Data(cardBytes))
    if let architecture = kind?.architecture, architecture != Self.architecture {
      throw NetworkError(
        path: cardPath,
        reason: "has architecture \(architecture), expected \(Self.architecture): it is the card of another model")
    }
    do { card = try JSONDecoder().decode(ModelCard.self, from: Data(cardBytes)) } catch {
      throw NetworkError(path: cardPath, reason: "is not the card of a super-resolution model: \(cardProblem(error))")
    }
    try check(card, path: cardPath)
    let folder = cardPath.lastIndex(of: "/").map { String(cardPath[...$0]) } ?? ""
    let weightsPath = folder + card.weights.file
    let bytes = try read(weightsPath)
    let digest = Digester.hexadecimal(.sha256, of: bytes)
    guard digest == card.weights.sha256 else {
      throw NetworkError(path: weightsPath, reason: "has SHA-256 \(digest), its card says \(card.weights.sha256)")
    }
    let tensors = try SafeTensors(path: weightsPath, bytes: bytes)
    let network = try HighResNet(tensors, bands: card.bands.count, hidden: card.hidden)
    return Model(card: card, path: cardPath, network: network)
  }

  private static func check(_ card: ModelCard, path: String) throws(NetworkError) {
    func expect(_ holds: Bool, _ reason: String) throws(NetworkError) {
      if !holds { throw NetworkError(path: path, reason: reason) }
    }
    try expect(card.format == "supertile-model/1", "has format \(card.format), expected supertile-model/1")
    try expect(card.factor == 2, "has factor \(card.factor), expected 2")
    try expect((1...16).contains(card.bands.count), "has \(card.bands.count) bands, expected 1 to 16")
    try expect(Set(card.bands).count == card.bands.count, "names a band twice")
    try expect((1...1024).contains(card.hidden), "has \(card.hidden) hidden channels")
    try expect((1...64).contains(card.maxViews), "has maxViews \(card.maxViews)")
    let bands = card.bands.count
    try expect(
      card.normalisation.mean.count == bands && card.normalisation.std.count == bands
        && card.normalisation.std.allSatisfy { $0 > 0 && $0.isFinite }
        && card.normalisation.mean.allSatisfy(\.isFinite),
      "needs one mean and one positive standard deviation for each of its \(bands) bands")
    try expect(
      card.sensorModel.kind == "gaussian" && sensorMTF.contains(card.sensorModel.mtfAtNyquist),
      "needs a gaussian sensor model with an MTF between \(sensorMTF.lowerBound) and \(sensorMTF.upperBound) at the "
        + "Nyquist frequency")
    let radius = card.receptiveFieldRadius
    try expect(
      zip([radius.encode, radius.perFusion, radius.decode], HighResNet.reach).allSatisfy { ($1...256).contains($0) },
      "has a receptive field of \(radius.encode), \(radius.perFusion), \(radius.decode) pixels, expected "
        + "\(HighResNet.reach.map { "\($0)" }.joined(separator: ", ")) or more: it is what the network looks at")
    try expect(!card.weights.file.contains("/"), "names a weight file in another folder: \(card.weights.file)")
  }

  /// What the consistency step can work with: a wider spread than that of the lowest one it does not look far enough for.
  private static let sensorMTF = 0.21...0.99

  static func read(_ path: String) throws(NetworkError) -> [UInt8] {
    do {
      let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      defer { try? handle.close() }
      let data = try handle.read(upToCount: largestFile) ?? Data()
      return [UInt8](data)
    } catch {
      var isFolder: ObjCBool = false
      let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      throw NetworkError(
        path: path,
        reason: !exists
          ? "there is no such file" : isFolder.boolValue ? "is a folder, expected a model card" : "cannot be read")
    }
  }

  /// Runs the network on one window of reflectance.
  /// - Parameters:
  ///   - views: K images of reflectance without holes, the anchor first, then clearest first.
  ///   - reference: the reference frame, reflectance without holes.
  ///   - kept: the part that is wanted; nil for all. It is as in an untiled run where the halo lies around it.
  /// - Returns: super-resolved reflectance, twice the rows and columns: upsampled reference plus what the network adds, as
  ///   far as `CorrectionLimit` lets it.
  package func superResolve(
    views: consuming [FloatImage], reference: consuming FloatImage, keeping kept: PixelWindow? = nil
  ) -> FloatImage {
    let kept = kept ?? reference.size.window
    var output = Bicubic.upsample(reference).cropped(to: kept.scaled(by: 2))
    for index in views.indices { normalise(&views[index]) }
    var normalised = copy reference
    normalise(&normalised)
    // The limit looks at the correction around each pixel.
    let around = kept.expanded(by: CorrectionLimit.reach, within: reference.size)
    var correction = network.apply(views: views, reference: normalised, keeping: around)
    let bandSize = correction.size.pixelCount
    for band in 0..<correction.bands {
      let scale = card.normalisation.std[band]
      for index in (band * bandSize)..<((band + 1) * bandSize) { correction.pixels[index] *= scale }
    }
    CorrectionLimit.apply(to: &correction, reference: reference, around: around)
    let (top, left) = (2 * (kept.row - around.row), 2 * (kept.column - around.column))
    for band in 0..<output.bands {
      for row in 0..<output.rows {
        let (target, source) = (output.index(band, row, 0), correction.index(band, top + row, left))
        for column in 0..<output.columns { output.pixels[target + column] += correction.pixels[source + column] }
      }
    }
    return output
  }

  private func normalise(_ image: inout FloatImage) {
    let bandSize = image.size.pixelCount
    for band in 0..<image.bands {
      let (mean, inverse) = (card.normalisation.mean[band], 1 / card.normalisation.std[band])
      for index in (band * bandSize)..<((band + 1) * bandSize) {
        image.pixels[index] = (image.pixels[index] - mean) * inverse
      }
    }
  }
}
