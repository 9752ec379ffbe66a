internal import Foundation
internal import Grouping
internal import Ledger
internal import Pipeline
internal import Product
internal import Storage

/// The groups of one tile as its products make them, with what each product is for.
struct TileGroups: Sendable {
  struct Member: Sendable {
    var location: String
    var group: String?
    var role: String
    var reason: String
  }
  var groups: [RunPlan.Group]
  /// One a product that was planned.
  var members: [Member]

  /// - Parameter published: when groups were published first, by identifier.
  /// - Throws: `SelectionError`, and what `countClasses` throws.
  init(
    _ products: [Product], options: RunOptions, published: [String: Date],
    countClasses: ([Product]) async throws -> [Int]
  ) async throws {
    let (groups, excluded) = try await planGroups(
      products, options: options, published: published, countClasses: countClasses)
    self.groups = groups
    // What is superseded, and what is there twice, belongs to the group of what is taken in its place.
    let homes = Dictionary(
      groups.flatMap { group in
        group.selection.decisions.flatMap(\.revisit.parts).map { ($0.name, group.group.identifier) }
      }, uniquingKeysWith: { first, _ in first })
    members = excluded.map { product, exclusion in
      let role =
        switch exclusion {
        case .superseded, .corrected: "superseded"
        case .notMixed: "not_mixed"
        case .duplicate: "duplicate"
        case .mismatch: "mismatch"
        }
      var group: String?
      switch exclusion {
      case .superseded(let name): group = homes[name]
      case .duplicate, .corrected: group = homes[product.name]
      case .notMixed, .mismatch: break
      }
      return Member(location: product.location, group: group, role: role, reason: exclusion.reason)
    }
    for group in groups {
      for decision in group.selection.decisions {
        for part in decision.revisit.parts {
          members.append(
            Member(
              location: part.location, group: group.group.identifier, role: decision.role.rawValue,
              reason: decision.reason))
        }
      }
    }
  }
}

extension RunPlan.Group {
  /// Digest of the products that the group consists of: names, files, and what turns counts into reflectance. Another
  /// digest means that there is something to look at, the pipeline then decides whether there is anything new to publish.
  var inputs: String { inputs(withRadiometry: true) }

  func inputs(withRadiometry: Bool) -> String {
    var lines: [String] = []
    for revisit in group.revisits {
      for part in revisit.parts {
        let files = (part.bands.map(\.file) + [part.sceneClassification]).map(\.digest)
        lines.append(([part.name] + files + (withRadiometry ? part.oddRadiometry : [])).joined(separator: " "))
      }
    }
    return Digester.hexadecimal(.sha256, of: lines.sorted().joined(separator: "\n").utf8)
  }

  /// Locations of the products of the chosen views.
  var viewLocations: [String] { selection.views.flatMap { $0.revisit.parts.map(\.location) } }

  /// Of views, and of what may take their places.
  var usedLocations: [String] {
    (selection.views + selection.reserves).flatMap { $0.revisit.parts.map(\.location) }
  }

  /// The group without reserves that nobody can take, as those that are gone.
  func withoutReserves(where isLost: (String) -> Bool) -> Self {
    func isGone(_ revisit: Revisit) -> Bool { revisit.parts.contains { isLost($0.location) } }
    var group = self
    group.selection.reserves.removeAll { isGone($0.revisit) }
    group.selection.decisions.removeAll { $0.role == .surplus && isGone($0.revisit) }
    return group
  }
}
