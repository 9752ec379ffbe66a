internal import Foundation
internal import Ledger
internal import Product

/// When the contents that came under one product name came first. That tells which of them counts, so it is an order before
/// it is a time: what comes later is later, whatever the clock says meanwhile, and a copy of what came before is no news.
struct ContentArrivals: Sendable {
  private var known: [[String]: Date] = [:]

  /// - Parameter rows: all of that name.
  init(_ rows: [ProductRow]) {
    for row in rows {
      guard let text = row.knownProduct, let accepted = row.accepted,
        let product = try? JSONDecoder().decode(Product.self, from: Data(text.utf8))
      else { continue }
      known[product.contents] = min(known[product.contents] ?? accepted, accepted)
    }
  }

  mutating func arrival(of contents: [String], now: Date) -> Date {
    if let first = known[contents] { return first }
    let arrival = max(now, known.values.max().map { $0.addingTimeInterval(0.001) } ?? now)
    known[contents] = arrival
    return arrival
  }
}
