package import Settings

/// Where a product may lie whose drop folder was moved, and is named in the configuration where it is now.
package enum ProductPlaces {
  /// - Parameters:
  ///   - location: where it lay.
  ///   - drop: the name of the drop folder that it was found in: it lies there, if that is still one, else in any.
  /// - Returns: places below drop folders that end as its own does, those that end longest like it first.
  package static func candidates(
    of location: String, drop: String, in folders: [DropFolder]
  ) -> [(folder: DropFolder, place: String)] {
    let own = folders.filter { $0.name == drop }
    let names = location.split(separator: "/")
    return (1...max(names.count, 1)).reversed().flatMap { count in
      (own.isEmpty ? folders : own).map { ($0, "\($0.path)/\(names.suffix(count).joined(separator: "/"))") }
    }
  }
}
