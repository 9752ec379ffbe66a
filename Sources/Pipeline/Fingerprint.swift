internal import Grouping
internal import Networks
internal import Product
internal import Stacking
internal import Storage
internal import SuperResolution
internal import Writing

/// Digest of everything that decides an item's pixels: the files of its views, in order, the model and the
/// parameters. The same fingerprint means the same item, so nothing new is published.
func fingerprint(views: [AssessedRevisit], model: Model?, parameters: [String: JSONValue]) throws -> String {
  var lines = ["supertile-item/1"]
  if let card = model?.card {
    lines.append("model \(card.weights.sha256) \(card.bands) \(card.factor) \(card.sensorModel.mtfAtNyquist)")
    lines.append("normalisation \(card.normalisation.mean) \(card.normalisation.std)")
  }
  lines.append("parameters " + String(decoding: try JSONValue.object(parameters).text(), as: UTF8.self))
  for (index, view) in views.enumerated() {
    for part in view.revisit.parts {
      lines.append("view \(index) \(part.name)")
      for band in part.bands {
        lines.append("\(band.name) \(band.file.digest) \(band.addOffset) \(band.quantification)")
      }
      lines.append("SCL \(part.sceneClassification.digest)")
    }
  }
  return Digester.hexadecimal(.sha256, of: lines.joined(separator: "\n").utf8)
}

extension RunOptions {
  /// The choices that decide pixels, for the fingerprint and for the item's own record.
  var parameters: [String: JSONValue] {
    [
      "method": .string(method.rawValue), "consistency": .string(consistency.rawValue),
      "mask_classes": .array(masking.maskClasses.sorted().map { .integer(Int($0)) }),
      "swath_edge_margin": .integer(masking.swathEdgeMargin), "max_shift": .number(maxShift),
      "compression": .string(compression.rawValue),
    ]
  }
}
