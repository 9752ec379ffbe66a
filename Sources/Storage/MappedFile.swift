internal import Glibc

/// A scratch file mapped into memory: larger than memory if need be, since the system pages it.
///
/// `@unchecked Sendable`: the mapping is raw memory. Callers share it across threads only where each thread writes a
/// range of its own, and what is read was written before.
package final class MappedFile: @unchecked Sendable {
  package let path: String
  package let bytes: UnsafeMutableRawBufferPointer
  private let isKept: Bool
  private let descriptor: Int32

  /// Makes a file of `count` zero bytes. The blocks are reserved at once: a full disk is an error here and not a
  /// SIGBUS later.
  /// - Parameter isKept: whether the file stays when the mapping goes.
  /// - Throws: `StorageError`.
  package init(creating path: String, count: Int, isKept: Bool = false) throws(StorageError) {
    self.path = path
    self.isKept = isKept
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw StorageError("create", path) }
    self.descriptor = descriptor
    let length = max(count, 1)
    let status = posix_fallocate(descriptor, 0, length)
    guard status == 0 else {
      close(descriptor)
      unlink(path)
      throw StorageError("reserve \(length) bytes", path, code: status)
    }
    do { bytes = try Self.map(descriptor, length, path) } catch {
      unlink(path)
      throw error
    }
  }

  /// Maps a file that is there already, and keeps it.
  /// - Throws: `StorageError`, also where it does not hold `count` bytes.
  package init(opening path: String, count: Int) throws(StorageError) {
    self.path = path
    isKept = true
    let descriptor = open(path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { throw StorageError("open", path) }
    self.descriptor = descriptor
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_size == count, count > 0 else {
      close(descriptor)
      throw StorageError("map", path, reason: "it holds \(status.st_size) bytes, expected \(count)")
    }
    bytes = try Self.map(descriptor, count, path)
  }

  private static func map(
    _ descriptor: Int32, _ length: Int, _ path: String
  ) throws(StorageError) -> UnsafeMutableRawBufferPointer {
    guard let base = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), base != MAP_FAILED else {
      let error = StorageError("map", path)
      close(descriptor)
      throw error
    }
    return UnsafeMutableRawBufferPointer(start: base, count: length)
  }

  /// Writes bytes from an offset on, in one go: a page that is touched through the mapping for the first time costs many
  /// times as much as one that is written. What is mapped shows them at once.
  /// - Throws: `StorageError`.
  package func write(_ source: UnsafeRawBufferPointer, at offset: Int) throws(StorageError) {
    precondition(offset >= 0 && offset + source.count <= bytes.count, "written behind the end of \(path)")
    var done = 0
    while done < source.count {
      let count = pwrite(descriptor, source.baseAddress! + done, source.count - done, off_t(offset + done))
      if count < 0 {
        if errno == EINTR { continue }
        throw StorageError("write", path)
      }
      done += count
    }
  }

  /// Flushes a range of bytes, and the pages it lies on, to the disk.
  /// - Throws: `StorageError`.
  package func flush(_ range: Range<Int>) throws(StorageError) {
    guard !range.isEmpty else { return }
    let page = Int(getpagesize())
    let start = range.lowerBound / page * page
    guard msync(bytes.baseAddress! + start, range.upperBound - start, MS_SYNC) == 0 else {
      throw StorageError("flush", path)
    }
  }

  /// Lets go of the memory that holds what was read and written: the file keeps it, and reading brings it back. Without
  /// this a process shows all it has ever looked at as its own.
  package func release() { madvise(bytes.baseAddress, bytes.count, MADV_DONTNEED) }

  deinit {
    munmap(bytes.baseAddress, bytes.count)
    close(descriptor)
    if !isKept { unlink(path) }
  }
}
