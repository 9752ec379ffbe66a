/// Why views could not be stacked: which, and what to do.
package struct StackingError: Error, Sendable, CustomStringConvertible {
  package let description: String
  /// The anchor has nothing to show, whatever its scene classes say: another one may.
  package let isOfEmptyAnchor: Bool

  package init(_ description: String, isOfEmptyAnchor: Bool = false) {
    self.description = description
    self.isOfEmptyAnchor = isOfEmptyAnchor
  }
}
