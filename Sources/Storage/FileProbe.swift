internal import Glibc

/// Tells a file that is damaged from a disk or server that does not give it.
package enum FileProbe {
  /// Reads a file to its end, for what the system says of it. Image libraries say only that they could not read.
  /// - Parameter ends: bytes at its beginning, and as many at its end, where nobody looked at more; nil for all of it.
  /// - Throws: `StorageError` where the system cannot read it. A file that is not there any more is not judged.
  package static func check(_ path: String, ends: Int? = nil) throws(StorageError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { return }
      throw StorageError("open", path)
    }
    defer { close(descriptor) }
    let capacity = 1 << 20
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
    defer { bytes.deallocate() }
    var position = 0
    while true {
      let count = Glibc.read(descriptor, bytes.baseAddress, capacity)
      if count == 0 { return }
      if count < 0, errno != EINTR { throw StorageError("read", path) }
      position += max(count, 0)
      guard let ends, position >= ends else { continue }
      var status = stat()
      let tail = fstat(descriptor, &status) == 0 ? Int(status.st_size) - ends : 0
      if position < tail { position = Int(lseek(descriptor, off_t(tail), SEEK_SET)) }
    }
  }
}
