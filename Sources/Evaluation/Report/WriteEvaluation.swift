private import Foundation
internal import Storage

/// Writes `evaluation.json`, `evaluation.md` and `evaluation.html` into a folder, which is made where it is missing.
/// Each file is replaced as a whole. In JSON an infinite PSNR is the text "inf".
/// - Returns: the paths.
/// - Throws: `StorageError`, `EvaluationError`.
@discardableResult
package func write(_ evaluation: SetEvaluation, galleries: [SceneGallery], to folder: String) throws -> [String] {
  do {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  } catch {
    throw EvaluationError("\(folder): cannot be made: \(error.localizedDescription)")
  }
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  let documents: [(name: String, bytes: [UInt8])] = [
    ("evaluation.json", [UInt8](try encoder.encode(evaluation)) + [UInt8(ascii: "\n")]),
    ("evaluation.md", [UInt8](markdownReport(evaluation).utf8)),
    ("evaluation.html", [UInt8](htmlReport(evaluation, galleries: galleries).utf8)),
  ]
  return try documents.map { document in
    let path = "\(folder)/\(document.name)"
    try DurableFile.replace(path, with: document.bytes)
    return path
  }
}
