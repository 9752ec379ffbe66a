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

  /// The same where no two locations are equal as text: of names that differ in how letters with accents are written, as
  /// macOS and Linux write them, one is a product, that which is known or else the first. The others are passed over.
  /// - Parameter known: locations as they are spelt in the ledger.
  package func withoutTwins(known: [String]) -> DropSurvey {
    guard Set(sightings.map(\.location)).count < sightings.count else { return self }
    let spellings = Set(known.map { Array($0.utf8) })
    func isKnown(_ sighting: Sighting) -> Bool { spellings.contains(Array(sighting.location.utf8)) }
    let chosen = Dictionary(sightings.map { ($0.location, $0) }) { isKnown($0) || !isKnown($1) ? $0 : $1 }
    var survey = self
    survey.sightings = []
    for sighting in sightings {
      if chosen[sighting.location]?.location.utf8.elementsEqual(sighting.location.utf8) == true {
        survey.sightings.append(sighting)
      } else {
        survey.pass(
          over: sighting.location,
          "another one has the same name, but for how letters with accents are written (Unicode's composed and decomposed "
            + "forms); rename one of them")
      }
    }
    return survey
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
