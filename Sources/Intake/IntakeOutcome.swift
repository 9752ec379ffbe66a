package import Product

/// What the intake decided about one product.
package enum IntakeOutcome: Sendable, Codable {
  /// Everything needed is there and verified.
  case accepted(Product)
  /// Something needed has not arrived yet, or could not be read; look again later.
  case incomplete([IntakeProblem])
  /// It will never do as it is.
  case refused([IntakeProblem])
}

/// The decision with what was learnt on the way, also about products that were not accepted.
package struct IntakeReport: Sendable, Codable {
  /// Absolute path of what was handed in.
  package var location: String
  /// Product name, from PRODUCT_URI where it could be read, else from the folder or archive; nil where neither
  /// names a product.
  package var name: String?
  package var outcome: IntakeOutcome
  /// Unusual, but no obstacle.
  package var notes: [String]
  /// The files that are used, in the order they were checked.
  package var files: [CheckedFile]
  /// The disk or server did not give all of it: it is incomplete for that, and may be whole.
  package var isUnread: Bool

  package init(
    location: String, name: String?, outcome: IntakeOutcome, notes: [String] = [], files: [CheckedFile] = [],
    isUnread: Bool = false
  ) {
    self.location = location
    self.name = name
    self.outcome = outcome
    self.notes = notes
    self.files = files
    self.isUnread = isUnread
  }
}

/// A file that was found as it should be.
package struct CheckedFile: Sendable, Codable, Equatable {
  /// Path inside the product.
  package var member: String
  /// Path that GDAL opens.
  package var path: String
  /// Bytes.
  package var size: Int
  /// Hexadecimal digest.
  package var digest: String
  /// How the content was verified: `SHA3-256 of manifest.safe`, ...
  package var verification: String
}

/// Where the intake is while it reads large files.
package struct IntakeProgress: Sendable {
  /// Path inside the product.
  package var member: String
  package var bytesDone: Int
  package var bytesTotal: Int
}
