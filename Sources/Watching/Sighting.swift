package import Foundation

/// Something in a drop folder that may be a product, as a scan saw it.
package struct Sighting: Sendable, Equatable {
  /// Absolute path.
  package var location: String
  /// Digest of the names, sizes and times of all its files: changes with any of them.
  package var signature: String
  /// The latest status change (ctime) of any of its files, which no copying program can set back.
  package var lastChange: Date

  package init(location: String, signature: String, lastChange: Date) {
    self.location = location
    self.signature = signature
    self.lastChange = lastChange
  }
}
