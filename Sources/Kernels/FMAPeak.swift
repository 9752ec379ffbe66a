internal import CKernels

/// The rate of multiply-adds in registers, in the widest vectors this CPU has: what rates of kernels are measured against.
package enum FMAPeak {
  /// Works for about `seconds` on this thread.
  /// - Returns: floating-point operations a second.
  package static func measure(seconds: Double) -> Double {
    let clock = ContinuousClock()
    let start = clock.now
    var operations = 0.0
    var elapsed = 0.0
    repeat {
      operations += supertile_multiply_adds(200_000)
      let passed = clock.now - start
      elapsed = Double(passed.components.seconds) + Double(passed.components.attoseconds) * 1e-18
    } while elapsed < seconds
    return operations / elapsed
  }
}
