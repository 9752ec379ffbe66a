/// What a scan of a drop folder found.
package struct DropSurvey: Sendable, Equatable {
  /// What may be a product.
  package var sightings: [Sighting] = []
  /// What is no candidate, though somebody may think so.
  package var passedOver: [PassedOver] = []

  package init() {}

  mutating func pass(over path: String, _ reason: String, mayHideProducts: Bool = false) {
    passedOver.append(PassedOver(path: path, reason: reason, mayHideProducts: mayHideProducts))
  }

  /// Whether what lies at a path could not be seen: it is not known to be gone.
  package func isHidden(_ path: String) -> Bool {
    passedOver.contains { $0.mayHideProducts && ($0.path == path || path.hasPrefix($0.path + "/")) }
  }
}

/// Something in a drop folder that is not taken for a product.
package struct PassedOver: Sendable, Hashable, CustomStringConvertible {
  /// Absolute; bytes that are not UTF-8 are replaced.
  package var path: String
  /// Why, and what to do.
  package var reason: String
  /// Whether products known before may still lie there.
  package var mayHideProducts: Bool

  package var description: String { "\(path): passed over: \(reason)" }
}
