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

/// The fingerprint where views were left out: what was tried in their places decides pixels, too.
/// - Parameters:
///   - fingerprint: of the views that were chosen.
///   - tried: in this order.
///   - isShort: there was nothing more to try: whatever comes may be used.
func fingerprint(_ fingerprint: String, tried: ArraySlice<AssessedRevisit>, isShort: Bool) -> String {
  let lines = tried.enumerated().flatMap { inputLines(of: $1, as: "reserve \($0)") }
  let text = ([fingerprint] + lines + [isShort ? "and no other" : "are enough"]).joined(separator: "\n")
  return Digester.hexadecimal(.sha256, of: text.utf8)
}

/// Fingerprints of what can come of views where some are left out, as long as all of them can be decoded.
func fingerprints(_ own: String, reserves: [AssessedRevisit]) -> [String] {
  reserves.indices.map { fingerprint(own, tried: reserves[...$0], isShort: false) }
    + [fingerprint(own, tried: reserves[...], isShort: true)]
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
