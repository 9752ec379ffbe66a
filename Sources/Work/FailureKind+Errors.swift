internal import Buildings
internal import GDALAdapter
internal import Glibc
internal import Grouping
internal import Networks
internal import Pipeline
internal import Publishing
internal import Stacking
internal import Storage
internal import Writing

extension FailureKind {
  /// What an error of the pipeline is about.
  package init(_ error: any Error) {
    switch error {
    case let error as StorageError: self = Self(code: error.code)
    case let error as GDALError: self = Self(error)
    case is StackingError, is SelectionError, is BuildingError: self = .input
    // The store, or a product, was touched by somebody else, or a disk lied.
    case is PublishingError, is WritingError, is RewrittenFile: self = .environment
    // The model's files, and a limit that the configuration sets.
    case is NetworkError, is MemoryPlanError: self = .environment
    default: self = .defect
    }
  }

  /// What lies in the way, or comes into a folder that is removed, was put there by somebody else.
  /// - Parameter code: `errno`; 0 where it is not known.
  private init(code: Int32) {
    let defects: Set<Int32> = [EINVAL, EBADF, EFAULT, ENAMETOOLONG, EEXIST, EISDIR]
    self = defects.contains(code) ? .defect : .environment
  }

  /// GDAL says what failed in words alone. What was written failed for the machine's sake; what was read, and had been
  /// verified before, is bad input, unless the words speak of the machine.
  private init(_ error: GDALError) {
    // Of the words alone: paths may be called anything.
    let text = error.message.replacing(error.path, with: "").lowercased()
    let machine = [
      "free on this file system", "no space", "input/output error", "memory", "permission denied", "read-only",
      "too many open files", "no such file", "stale file handle",
    ]
    // What the work wrote itself, and reads back.
    let isOwn = error.path.contains("/.supertile")
    self = isOwn || !error.isAboutReading || machine.contains { text.contains($0) } ? .environment : .input
  }
}
