/// What a failure is about.
package enum FailureKind: String, Sendable, Codable, CaseIterable {
  /// The machine: I/O, disk full, memory, access. Heals, or is healed by somebody.
  case environment
  /// The products: nothing changes until they do.
  case input
  /// Supertile itself.
  case defect
}
