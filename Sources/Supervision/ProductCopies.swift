internal import Foundation
internal import Ledger
internal import Product

/// The places where a tile's products lie, or lay, and which of several counts.
///
/// Of products that came again under the same name with other content, as after a correction, those are taken that were
/// generated last, or came last. It does not matter where they lie, nor whether the last one was moved, deleted or lost
/// since: an older one never takes its place again.
struct ProductCopies: Sendable {
  struct Copy: Sendable {
    var row: ProductRow
    var product: Product

    /// The product where it lies now.
    var located: Product { product.located(at: row.location) }
  }
  /// What is planned with.
  private(set) var taken: [Copy] = []
  /// What is there and is not taken: what is taken in its place, by location.
  private(set) var replaced: [String: String] = [:]
  /// What is there twice, in a drop folder and where nobody looks any more: the place that counts, by location.
  private(set) var duplicates: [String: String] = [:]
  /// Rows whose product cannot be used, as after a change of the program or of the model.
  private(set) var unreadable: [ProductRow] = []

  /// Locations of what is taken and cannot be read.
  var gone: Set<String> { Set(taken.filter { $0.row.state != .accepted }.map(\.row.location)) }

  /// - Parameters:
  ///   - rows: with products that are known.
  ///   - held: those that the operator keeps back.
  ///   - bands: those of the model.
  ///   - isScanned: whether scans see what lies at a place.
  init(_ rows: [ProductRow], held: [ProductRow], bands: [String], isScanned: (ProductRow) -> Bool) {
    func copy(_ row: ProductRow) -> Copy? {
      let product = try? JSONDecoder().decode(Product.self, from: Data((row.knownProduct ?? "").utf8))
      // Another model may want other bands.
      guard let product, product.bands.map(\.name) == bands else { return nil }
      return Copy(row: row, product: product)
    }
    // What is held in a drop folder is not to come from where that was before.
    let seenAndHeld = held.filter { $0.state == .accepted && isScanned($0) }.compactMap(copy)
    var copies: [Copy] = []
    for row in rows {
      guard let own = copy(row) else {
        unreadable.append(row)
        continue
      }
      let twin = seenAndHeld.first {
        $0.product.name == own.product.name && $0.product.contents == own.product.contents
      }
      if let twin, !isScanned(row) {
        if row.state == .accepted { duplicates[row.location] = twin.row.location }
      } else {
        copies.append(own)
      }
    }
    for (_, same) in Dictionary(grouping: copies, by: \.product.name).sorted(by: { $0.key < $1.key }) {
      take(same, isScanned)
    }
  }

  /// - Parameter same: of one name.
  private mutating func take(_ same: [Copy], _ isScanned: (ProductRow) -> Bool) {
    // A content came when the first of its copies did.
    let came = Dictionary(grouping: same) { $0.product.contents }
      .mapValues { $0.map { $0.row.accepted ?? $0.row.changed }.min() ?? .distantPast }
    let order = same.sorted {
      ($0.product.generationTime, came[$0.product.contents] ?? .distantPast, $0.row.location)
        < ($1.product.generationTime, came[$1.product.contents] ?? .distantPast, $1.row.location)
    }
    guard let newest = order.last else { return }
    let equal = order.filter { $0.product.contents == newest.product.contents }
    // A product that was moved is there, whatever else is known of its old place.
    let present = equal.filter { $0.row.state == .accepted }
    // Of what lies where nobody looks any more, as after a drop folder was copied, nobody would tell that it has gone.
    let seen = present.filter { isScanned($0.row) }
    let counted = seen.isEmpty ? present : seen
    taken += counted.isEmpty ? [newest] : counted
    let place = (counted.last ?? newest).row.location
    for other in present where !counted.contains(where: { $0.row.location == other.row.location }) {
      duplicates[other.row.location] = place
    }
    for other in order where other.row.state == .accepted && other.product.contents != newest.product.contents {
      replaced[other.row.location] = place
    }
  }
}

extension Product {
  /// The product after it was moved.
  fileprivate func located(at place: String) -> Product {
    // As the disk has them: equal as text, they may be spelt otherwise (`Respelling`).
    guard !place.utf8.elementsEqual(location.utf8) else { return self }
    var product = self
    func moved(_ path: String) -> String { path.replacing(location, with: place) }
    product.location = place
    product.sceneClassification.path = moved(sceneClassification.path)
    for index in product.bands.indices { product.bands[index].file.path = moved(bands[index].file.path) }
    return product
  }
}
