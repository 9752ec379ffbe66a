/// Names in drop folders.
package enum DropName {
  /// Whether a name belongs to something unfinished or hidden: dotfiles and what copying programs call their halves.
  package static func isIgnored(_ name: String) -> Bool {
    name.isEmpty || name.hasPrefix(".") || name.hasSuffix("~")
      || [".part", ".tmp", ".filepart", ".partial", ".crdownload"].contains { name.lowercased().hasSuffix($0) }
  }

  /// Whether a name asks to be looked at as a product: a `.SAFE` folder or a zip archive, whatever it is called.
  package static func isCandidate(_ name: String) -> Bool {
    !isIgnored(name) && [".safe", ".zip"].contains { name.lowercased().hasSuffix($0) }
  }

  /// Whether a name is that of a Sentinel-2 product in an archive of another kind.
  package static func isForeignArchive(_ name: String) -> Bool {
    let lower = name.lowercased()
    return (lower.hasPrefix("s2") && lower.contains("_msil") || lower.contains(".safe."))
      && [".tar", ".gz", ".tgz", ".7z", ".bz2", ".xz", ".zst", ".rar"].contains { lower.hasSuffix($0) }
  }
}
