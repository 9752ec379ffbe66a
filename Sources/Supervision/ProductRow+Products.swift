internal import Ledger

extension ProductRow {
  /// What it is, or was when it was accepted last.
  var knownProduct: String? { product ?? lastProduct }

  /// An equal product lies elsewhere, and is taken.
  var isDuplicate: Bool { role == "duplicate" }

  /// Chosen for the plan, and found to be of no use by the job.
  var isLeftOut: Bool { leftOut != nil && (role == "anchor" || role == "view") }

  /// It does not do any more, for now.
  mutating func loseProduct() {
    lastProduct = knownProduct
    product = nil
  }

  /// It is not counted on any more, until it is looked at again.
  mutating func forgetProduct() { (product, lastProduct, accepted, publishedIn) = (nil, nil, nil, nil) }
}
