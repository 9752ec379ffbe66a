internal import Foundation
internal import Ledger

extension ProductRow {
  /// The product, to be looked at again though its files may be as they were.
  /// - Parameter reason: why.
  func doubted(_ reason: String, now: Date = Date()) -> ProductRow {
    var row = self
    row.signature = nil
    row.state = .arriving
    row.reason = reason
    row.changed = now
    return row
  }
}
