internal import Foundation
package import Product

/// Sorts products into revisits and picks the version of each part to use.
///
/// Rules, in this order: the same product twice counts once; of several versions of a datastrip the highest ESA
/// baseline wins, then the latest generation, and a product made outside ESA (baseline 99.99) never wins over an
/// official one; baselines are never mixed inside a revisit, so all its parts take the revisit's best baseline where
/// it has one for each datastrip; other datastrips of the datatake are complementary parts.
package func sortRevisits(_ products: [Product]) -> RevisitSorting {
  var sorting = RevisitSorting(revisits: [], excluded: [])
  for (key, members) in Dictionary(grouping: products, by: Revisit.Key.init).sorted(by: { $0.key < $1.key }) {
    var candidates: [Product] = []
    for product in members.sorted(by: { ($0.name, $0.location) < ($1.name, $1.location) }) {
      if let other = candidates.first(where: { $0.name == product.name }) {
        sorting.excluded.append((product, .duplicate(of: other.location)))
      } else {
        candidates.append(product)
      }
    }
    // Best version of each datastrip.
    var parts: [Product] = []
    for (_, versions) in Dictionary(grouping: candidates, by: datastripStart).sorted(by: { $0.key < $1.key }) {
      let best = versions.sorted(by: isBetter)[0]
      parts.append(best)
      for other in versions where other.name != best.name {
        sorting.excluded.append((other, .superseded(by: best.name)))
      }
    }
    // A reprocessed datatake is delivered under new datastrip identifiers: parts of a lesser baseline give way.
    let leader = parts.sorted(by: isBetter)[0]
    var kept: [Product] = []
    for part in parts {
      if part.baseline != leader.baseline {
        sorting.excluded.append((part, .superseded(by: leader.name)))
      } else if part.grid != leader.grid || part.bands.map(\.name) != leader.bands.map(\.name) {
        sorting.excluded.append((part, .mismatch("lies on another grid than \(leader.name)")))
      } else {
        kept.append(part)
      }
    }
    kept.sort { ($0.sensingTime, $0.name) < ($1.sensingTime, $1.name) }
    sorting.revisits.append(Revisit(key: key, parts: kept))
  }
  excludeOtherGrids(&sorting)
  return sorting
}

/// Revisits of one tile lie on one grid: the one that most of them share, the earliest's on a tie. The others are of
/// another place, whatever their name says.
private func excludeOtherGrids(_ sorting: inout RevisitSorting) {
  for (_, revisits) in Dictionary(grouping: sorting.revisits, by: \.key.tile) {
    let counts = Dictionary(grouping: revisits, by: { $0.parts[0].grid }).mapValues(\.count)
    guard counts.count > 1, let most = counts.values.max(),
      let common = revisits.sorted(by: { $0.key < $1.key }).first(where: { counts[$0.parts[0].grid] == most })
    else { continue }
    let grid = common.parts[0].grid
    for other in revisits where other.parts[0].grid != grid {
      for part in other.parts {
        sorting.excluded.append((part, .mismatch("lies on another grid than \(common.parts[0].name)")))
      }
      sorting.revisits.removeAll { $0.key == other.key }
    }
  }
}

/// Official before unofficial, then the higher baseline, then the later generation, then the name.
private func isBetter(_ a: Product, _ b: Product) -> Bool {
  if a.baseline.isOfficial != b.baseline.isOfficial { return a.baseline.isOfficial }
  if a.baseline != b.baseline { return a.baseline > b.baseline }
  if a.generationTime != b.generationTime { return a.generationTime > b.generationTime }
  return a.name > b.name
}

/// `S20240503T105619` of a datastrip identifier. The start tells parts apart; the station and the processing time in
/// front of it change with every reprocessing.
private func datastripStart(_ product: Product) -> String {
  guard let mark = product.datastrip.range(of: "_S", options: .backwards) else { return product.datastrip }
  return String(product.datastrip[mark.lowerBound...].dropFirst())
}
