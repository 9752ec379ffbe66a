/// A run of float32 values that begins on a cache line.
///
/// `@unchecked Sendable`: raw memory; whoever shares one only reads it.
final class AlignedValues: @unchecked Sendable {
  let values: UnsafeMutableBufferPointer<Float>

  /// Values that are not set.
  init(count: Int) {
    values = UnsafeMutableBufferPointer(
      start: UnsafeMutableRawPointer.allocate(byteCount: max(count, 1) * 4, alignment: 64)
        .bindMemory(to: Float.self, capacity: count),
      count: count)
  }

  deinit { UnsafeMutableRawPointer(values.baseAddress!).deallocate() }

  var start: UnsafeMutablePointer<Float> { values.baseAddress! }
}
