private import Foundation
package import Networks

/// Finds the model that ships: beside the installed program, or in the source tree it was built from.
package enum ShippedModel {
  static let name = "highresnet-rgb-x2.json"

  /// - Throws: `NetworkError` where there is none.
  package static func load(_ path: String?) throws -> Model {
    if let path { return try Model.load(path) }
    if let path = ProcessInfo.processInfo.environment["SUPERTILE_MODEL"], !path.isEmpty { return try Model.load(path) }
    let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    var folder = program.deletingLastPathComponent()
    var looked: [String] = []
    while true {
      for place in ["share/supertile/models", "models"] {
        let card = folder.appendingPathComponent(place).appendingPathComponent(name).path
        if FileManager.default.fileExists(atPath: card) { return try Model.load(card) }
        looked.append(card)
      }
      if folder.path == "/" || folder.path.isEmpty { break }
      folder.deleteLastPathComponent()
    }
    throw NetworkError(
      path: name, reason: "is nowhere above \(program.path): give the model with --model or SUPERTILE_MODEL")
  }
}
