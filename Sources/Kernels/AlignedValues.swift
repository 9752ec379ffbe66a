private import Glibc

/// A run of float32 values that begins on a cache line; a long one lies on huge pages where the system has them. That is
/// no faster, but maps that come and go leave less memory unused between them (`Benchmarks/RESULTS.md`).
///
/// `@unchecked Sendable`: raw memory; whoever shares one only reads it.
final class AlignedValues: @unchecked Sendable {
  let values: UnsafeMutableBufferPointer<Float>

  /// Values that are not set.
  init(count: Int) {
    let bytes = max(count, 1) * 4
    let isLong = bytes >= 2 * Self.hugePage
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: isLong ? Self.hugePage : Self.line)
    if isLong { madvise(memory, bytes, MADV_HUGEPAGE) }
    values = UnsafeMutableBufferPointer(start: memory.bindMemory(to: Float.self, capacity: count), count: count)
  }

  private static let line = 64
  private static let hugePage = 2 << 20

  deinit { UnsafeMutableRawPointer(values.baseAddress!).deallocate() }

  var start: UnsafeMutablePointer<Float> { values.baseAddress! }
}
