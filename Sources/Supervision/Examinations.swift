package import Settings

/// Products that are looked at by a process of its own, and those that wait for it, by location.
package struct Examinations: Sendable {
  /// A product at rest that waits to be looked at.
  package struct Waiting: Sendable {
    package var folder: DropFolder
    /// Of its files when they were seen last.
    package var signature: String?

    package init(folder: DropFolder, signature: String?) {
      self.folder = folder
      self.signature = signature
    }
  }

  /// Products looked at in one go.
  private static let batch = 16

  private var waiting: [String: Waiting] = [:]
  package private(set) var underway: Set<String> = []
  /// Nothing is looked at before: the process for it did not even begin, or nothing could be written down.
  package private(set) var notBefore: ContinuousClock.Instant?
  /// How often the process ended while it looked at a product.
  private var deaths: [String: Int] = [:]

  package init() {}

  /// - Parameter silent: folders that do not answer; what lies there waits.
  /// - Returns: what is to be looked at now; nothing while others are.
  package mutating func begin(outside silent: Set<String>) -> [(location: String, waiting: Waiting)] {
    guard underway.isEmpty, notBefore.map({ $0 <= .now }) ?? true else { return [] }
    notBefore = nil
    let within = waiting.filter { !silent.contains($0.value.folder.path) }
    // One that may have ended the process before is looked at alone, so that it is found out, and after all others: it may
    // take as long as the process is given.
    let order = within.sorted { $0.key < $1.key }
    let others = order.filter { deaths[$0.key] == nil }
    let batch = others.isEmpty ? order.prefix(1) : others.prefix(Self.batch)
    for (location, _) in batch { waiting[location] = nil }
    underway = Set(batch.map(\.key))
    return batch.map { ($0.key, $0.value) }
  }

  package mutating func end() { underway = [] }

  /// A product is to be looked at.
  package mutating func wait(for location: String, _ product: Waiting) { waiting[location] = product }

  package mutating func forget(_ location: String) { waiting[location] = nil }

  /// All waits for a while.
  package mutating func pause(seconds: Int) { notBefore = .now + .seconds(seconds) }

  /// The process ended while it looked at a product.
  /// - Returns: how often that was so.
  package mutating func died(at location: String) -> Int {
    deaths[location, default: 0] += 1
    return deaths[location, default: 0]
  }

  /// Nothing is held against a product any more.
  package mutating func acquit(_ location: String) { deaths[location] = nil }
}
