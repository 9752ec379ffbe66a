internal import Foundation
package import Product

/// Sorts products into revisits and picks the version of each part to use.
///
/// Rules, in this order: the same product twice counts once, and of two contents under one name that which was generated
/// later, else the one that sees more; of several versions of a datastrip the highest ESA
/// baseline wins, then the latest generation, and a product made outside ESA (baseline 99.99) never wins over an
/// official one; baselines are never mixed inside a revisit, so all its parts take the best baseline that has a part for
/// each datastrip, or else sees as much of the tile as any; other datastrips of the datatake are complementary parts.
package func sortRevisits(_ products: [Product]) -> RevisitSorting {
  var sorting = RevisitSorting(revisits: [], excluded: [])
  for (key, members) in Dictionary(grouping: products, by: Revisit.Key.init).sorted(by: { $0.key < $1.key }) {
    var candidates: [Product] = []
    for (_, copies) in Dictionary(grouping: members, by: \.name).sorted(by: { $0.key < $1.key }) {
      let best = copies.sorted(by: isBetterCopy)[0]
      candidates.append(best)
      for other in copies where other.location != best.location {
        let isSame = other.contents == best.contents
        sorting.excluded.append((other, isSame ? .duplicate(of: best.location) : .corrected(by: best.location)))
      }
    }
    // Best version of each datastrip in the baseline of this revisit.
    let baseline = chosenBaseline(candidates)
    var parts: [Product] = []
    for (_, versions) in Dictionary(grouping: candidates, by: datastripStart).sorted(by: { $0.key < $1.key }) {
      let own = versions.filter { $0.baseline == baseline }.sorted(by: isBetter)
      parts += own.prefix(1)
      for other in own.dropFirst() { sorting.excluded.append((other, .superseded(by: own[0].name))) }
    }
    let leader = parts.sorted(by: isBetter)[0]
    for other in candidates where other.baseline != baseline {
      let replacement = parts.first { datastripStart($0) == datastripStart(other) }
      // A better one is there for some parts alone; ESA's may see less than what somebody else has made.
      let isReplaced = isBetter(leader, other) && (replacement != nil || other.baseline.isOfficial)
      sorting.excluded.append(
        (other, isReplaced ? .superseded(by: (replacement ?? leader).name) : .notMixed(with: leader.name)))
    }
    var kept: [Product] = []
    for part in parts {
      if part.bands.map(\.name) != leader.bands.map(\.name) {
        sorting.excluded.append((part, .mismatch("has other bands than \(leader.name)")))
      } else if part.grid != leader.grid {
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

/// The baseline that all parts of a revisit are to have.
///
/// A datatake may be reprocessed one datastrip after the other: until the last has come, the baseline from before sees
/// more. Where the datastrips themselves are cut in another way, the better baseline wins that sees as much.
/// - Parameter products: at least one.
private func chosenBaseline(_ products: [Product]) -> ProcessingBaseline {
  let official = products.filter(\.baseline.isOfficial)
  let versions = Dictionary(grouping: official.isEmpty ? products : official, by: \.baseline)
    .sorted { isBetter($0.value[0], $1.value[0]) }
  let starts = Set(versions.flatMap(\.value).map(datastripStart))
  let seen = versions.map { _, parts in
    // Of the versions of a datastrip the one that sees most.
    Dictionary(grouping: parts, by: datastripStart).values.reduce(0) { $0 + ($1.map(seenPixels).max() ?? 0) }
  }
  let most = seen.max() ?? 0
  let index = versions.indices.first {
    Set(versions[$0].value.map(datastripStart)) == starts || Double(seen[$0]) >= 0.99 * Double(most)
  }
  return versions[index ?? 0].key
}

/// Pixels of the scene classification in which something was seen.
private func seenPixels(_ product: Product) -> Int { product.sceneClassCounts.dropFirst().reduce(0, +) }

/// Official before unofficial, then the higher baseline, then the later generation, then the name.
private func isBetter(_ a: Product, _ b: Product) -> Bool {
  if a.baseline.isOfficial != b.baseline.isOfficial { return a.baseline.isOfficial }
  if a.baseline != b.baseline { return a.baseline > b.baseline }
  if a.generationTime != b.generationTime { return a.generationTime > b.generationTime }
  return a.name > b.name
}

/// Of copies of one product, which may have other content after a correction.
private func isBetterCopy(_ a: Product, _ b: Product) -> Bool {
  if a.generationTime != b.generationTime { return a.generationTime > b.generationTime }
  if seenPixels(a) != seenPixels(b) { return seenPixels(a) > seenPixels(b) }
  return a.location < b.location
}

/// `S20240503T105619` of a datastrip identifier. The start tells parts apart; the station and the processing time in
/// front of it change with every reprocessing.
private func datastripStart(_ product: Product) -> String {
  guard let mark = product.datastrip.range(of: "_S", options: .backwards) else { return product.datastrip }
  return String(product.datastrip[mark.lowerBound...].dropFirst())
}
