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
  for (index, view) in views.enumerated() { lines += inputLines(of: view, as: "view \(index)") }
  return Digester.hexadecimal(.sha256, of: lines.joined(separator: "\n").utf8)
}

/// The fingerprint where views were left out: what is used decides pixels, not what was tried.
/// - Parameters:
///   - fingerprint: of the views that were chosen.
///   - used: numbers of those of them that are used, the anchor's among them.
///   - standIns: what is used in the places of others, in order.
func fingerprint(_ fingerprint: String, used: [Int], standIns: [AssessedRevisit]) -> String {
  let lines = standIns.enumerated().flatMap { inputLines(of: $1, as: "stand-in \($0)") }
  return Digester.hexadecimal(.sha256, of: ([fingerprint, "used \(used)"] + lines).joined(separator: "\n").utf8)
}

/// Digest of a view's files.
func contentDigest(of view: AssessedRevisit) -> String {
  Digester.hexadecimal(.sha256, of: inputLines(of: view, as: "view").joined(separator: "\n").utf8)
}

private func inputLines(of view: AssessedRevisit, as name: String) -> [String] {
  view.revisit.parts.flatMap { part in
    let bands = part.bands.map { "\($0.name) \($0.file.digest) \($0.addOffset) \($0.quantification)" }
    return ["\(name) \(part.name)"] + bands + ["SCL \(part.sceneClassification.digest)"]
  }
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
