internal import Buildings
private import Foundation
internal import Geometry
internal import Networks
internal import Product
internal import Publishing
internal import Workers
internal import Writing

/// What a run does about buildings: decided before the work starts, since it decides what is published.
enum BuildingStage: Sendable {
  case search(BuildingModel, InstanceRule)
  /// No building model is installed.
  case noModel
  /// The operator does not want any.
  case off

  /// - Throws: `NetworkError` where the model cannot be used, or where buildings are wanted and there is none.
  init(_ options: RunOptions) throws {
    guard options.buildings != .off else {
      self = .off
      return
    }
    guard let model = try ShippedModel.loadBuildings(options.buildingModel) else {
      if options.buildings == .on {
        throw NetworkError(
          path: ShippedModel.buildings,
          reason: "is not installed, and buildings are wanted: give building_model, or set buildings to auto")
      }
      self = .noModel
      return
    }
    self = .search(
      model, InstanceRule(model.card, threshold: options.buildingThreshold, minArea: options.buildingMinArea))
  }

  /// What decides the buildings of an item, for its fingerprint and its record; none where there are none.
  func parameters(_ options: RunOptions) -> [String: JSONValue] {
    guard case .search(let model, let rule) = self else { return [:] }
    return [
      "buildings": [
        "model_sha256": .string(model.card.weights.sha256), "threshold": .number(rule.threshold),
        "seed": .number(rule.seed), "separation_weight": .number(rule.separationWeight),
        "min_area_m2": .number(rule.minArea), "flatgeobuf": .bool(options.flatGeobuf),
      ]
    ]
  }

  /// Finds the buildings in the image of a draft and writes them beside it.
  /// - Parameters:
  ///   - description: of the item, as far as it is known.
  ///   - tileSide: of the network's tiles, pixels of the image.
  ///   - scratch: folder for the probabilities.
  /// - Returns: what the item says about it.
  func run(
    _ draft: Draft, _ identity: ItemIdentity, _ description: ItemDescription, options: RunOptions, store: Store,
    tileSide: Int, scratch: String, workers: WorkerPool, progress: @escaping @Sendable (String, Double) -> Void
  ) async throws -> JSONValue {
    switch self {
    case .off: return ["status": "off", "reason": "the configuration says so"]
    case .noModel: return ["status": "no_model", "reason": "no building model is installed"]
    case .search(let model, let rule):
      let name = "\(model.card.name) \(model.card.version)"
      let provenance = Provenance(
        tile: identity.tile.name, item: draft.id, datetime: identity.anchorSensingTime, start: description.windowStart,
        end: description.windowEnd, model: name,
        attribution: SentinelNotice.text([description.windowStart, description.windowEnd]))
      let search = BuildingSearch(
        rule: rule, provenance: provenance, place: identity.tile.name,
        cell: TileCell(grid: description.grid), views: draft.path(of: .views),
        previous: try store.earlierBuildings(of: identity), output: draft.path(of: .buildings))
      let result = try await findFootprints(
        in: draft.path(of: .superResolved), with: model, search,
        targets: FootprintTargets(
          buildings: draft.path(of: .buildings), observed: draft.path(of: .observed),
          flatGeobuf: options.flatGeobuf ? draft.path(of: .buildingsIndexed) : nil),
        tileSide: tileSide, scratch: scratch, workers: workers, progress: progress)
      return .object([
        "status": "found", "count": .integer(result.counts.buildings), "area_m2": .number(result.counts.area.rounded()),
        "observed_area_m2": .number((result.observedArea ?? 0).rounded()),
        "left_to_neighbouring_tiles": .integer(result.counts.ofOtherTiles),
        "names_kept": .integer(result.counts.namesKept),
        "areas_divided": .integer(result.counts.divided),
        "areas_left_out": .integer(result.counts.tooLarge + result.counts.invalid),
        "model": [
          "name": .string(model.card.name), "version": .string(model.card.version),
          "sha256": .string(model.card.weights.sha256), "licence": .string(model.card.weights.licence),
        ],
      ])
    }
  }
}
