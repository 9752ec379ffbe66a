private import Foundation
package import Networks

/// Finds the models that ship: beside the installed program, or in the source tree it was built from.
package enum ShippedModel {
  static let name = "highresnet-rgb-x2.json"

  static let buildings = "hrnet-buildings.json"

  /// - Throws: `NetworkError` where there is none.
  package static func load(_ path: String?) throws -> Model {
    if let path = path ?? environment("SUPERTILE_MODEL") { return try Model.load(path) }
    let (found, program) = find(name)
    guard let found else {
      throw NetworkError(
        path: name, reason: "is nowhere above \(program): give the model with --model or SUPERTILE_MODEL")
    }
    return try Model.load(found)
  }

  /// The model that finds buildings.
  /// - Returns: nil where none is named and none ships.
  /// - Throws: `NetworkError` where there is one that cannot be used.
  package static func loadBuildings(_ path: String?) throws -> BuildingModel? {
    try (path ?? environment("SUPERTILE_BUILDING_MODEL") ?? find(buildings).path).map { try BuildingModel.load($0) }
  }

  /// Loads every model that these choices need.
  /// - Returns: that of the super-resolution.
  /// - Throws: `NetworkError` where one cannot be used.
  package static func loadAll(_ options: RunOptions) throws -> Model {
    _ = try BuildingStage(options)
    return try load(options.model)
  }

  /// Whether buildings are going to be looked for.
  package static func looksForBuildings(_ options: RunOptions) -> Bool {
    options.buildings != .off
      && (options.buildingModel ?? environment("SUPERTILE_BUILDING_MODEL") ?? find(buildings).path) != nil
  }

  private static func environment(_ name: String) -> String? {
    ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// - Returns: the path of a card, and the program above which it was looked for.
  private static func find(_ name: String) -> (path: String?, program: String) {
    let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    var folder = program.deletingLastPathComponent()
    while true {
      for place in ["share/supertile/models", "models"] {
        let card = folder.appendingPathComponent(place).appendingPathComponent(name).path
        if FileManager.default.fileExists(atPath: card) { return (card, program.path) }
      }
      if folder.path == "/" || folder.path.isEmpty { return (nil, program.path) }
      folder.deleteLastPathComponent()
    }
  }
}
