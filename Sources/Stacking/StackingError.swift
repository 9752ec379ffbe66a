/// Why views could not be stacked: which, and what to do.
package struct StackingError: Error, Sendable, CustomStringConvertible {
  package let description: String
  /// What is wrong with the anchor itself, whatever its scene classes say; nil where it is to be blamed for nothing. Another
  /// one may do.
  package let anchorFault: String?

  package init(_ description: String, anchorFault: String? = nil) {
    self.description = description
    self.anchorFault = anchorFault
  }
}
