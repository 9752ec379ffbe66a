internal import Glibc

/// An advisory lock on a file, held until released or until the process ends, however it ends.
package final class FileLock: Sendable {
  private let descriptor: Int32
  package let path: String

  private init(descriptor: Int32, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  deinit { close(descriptor) }

  /// Waits for the lock.
  /// - Parameter onWait: called once, before waiting, where somebody else holds it.
  /// - Throws: `StorageError`.
  package static func acquire(_ path: String, onWait: () -> Void = {}) throws(StorageError) -> FileLock {
    if let lock = try tryAcquire(path) { return lock }
    onWait()
    let descriptor = try opened(path)
    while flock(descriptor, LOCK_EX) != 0 {
      guard errno == EINTR else {
        let error = StorageError("lock", path)
        close(descriptor)
        throw error
      }
    }
    return FileLock(descriptor: descriptor, path: path)
  }

  private static func opened(_ path: String) throws(StorageError) -> Int32 {
    let known = open(path, O_RDWR | O_CLOEXEC)
    if known >= 0 { return known }
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw StorageError("open lock", path) }
    Ownership.giveToParent(path)
    return descriptor
  }

  /// Takes the lock if it is free, nil if somebody holds it.
  /// - Throws: `StorageError`.
  package static func tryAcquire(_ path: String) throws(StorageError) -> FileLock? {
    let descriptor = try opened(path)
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return FileLock(descriptor: descriptor, path: path) }
    let code = errno
    close(descriptor)
    guard code == EWOULDBLOCK else { throw StorageError("lock", path, code: code) }
    return nil
  }
}
