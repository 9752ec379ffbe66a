internal import Ledger

extension ProductRow {
  /// What it is, or was when it was accepted last.
  var knownProduct: String? { product ?? lastProduct }

  /// It does not do any more, for now.
  mutating func loseProduct() {
    lastProduct = knownProduct
    product = nil
  }

  /// It is not counted on any more, until it is looked at again.
  mutating func forgetProduct() { (product, lastProduct, accepted, publishedIn) = (nil, nil, nil, nil) }
}
