internal import Glibc

/// A scratch file mapped into memory: larger than memory if need be, since the system pages it.
///
/// `@unchecked Sendable`: the mapping is raw memory. Callers share it across threads only where each thread writes a
/// range of its own and readers start after the writers have finished.
package final class MappedFile: @unchecked Sendable {
  package let path: String
  package let bytes: UnsafeMutableRawBufferPointer

  /// Makes a file of `count` zero bytes. The blocks are reserved at once: a full disk is an error here and not a
  /// SIGBUS later.
  /// - Throws: `StorageError`.
  package init(creating path: String, count: Int) throws(StorageError) {
    self.path = path
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw StorageError("create", path) }
    defer { close(descriptor) }
    let length = max(count, 1)
    let status = posix_fallocate(descriptor, 0, length)
    guard status == 0 else {
      unlink(path)
      throw StorageError("reserve \(length) bytes", path, code: status)
    }
    guard let base = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), base != MAP_FAILED else {
      throw StorageError("map", path)
    }
    bytes = UnsafeMutableRawBufferPointer(start: base, count: length)
  }

  deinit {
    munmap(bytes.baseAddress, bytes.count)
    unlink(path)
  }
}
