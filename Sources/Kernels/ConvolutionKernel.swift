internal import CKernels
private import Glibc

/// How 3 x 3 convolutions are computed.
package enum ConvolutionKernel: String, Sendable, CaseIterable {
  /// The definition: nine matrix products by OpenBLAS. Runs everywhere; the others are tested against it.
  case openBLAS = "openblas"
  /// Winograd's F(4x4, 3x3) for AVX2 and FMA.
  case f4AVX2 = "f4-avx2"
  /// Winograd's F(4x4, 3x3) for AVX-512. Its results equal those of `f4AVX2` to the last bit.
  case f4AVX512 = "f4-avx512"

  /// Whether this CPU runs it.
  package var isAvailable: Bool { winograd.map(supertile_winograd_available) ?? true }

  /// Those this CPU runs, the slowest first.
  package static var available: [ConvolutionKernel] { allCases.filter(\.isAvailable) }

  package static var fastest: ConvolutionKernel { available.last ?? .openBLAS }

  /// The environment variable that forces a kernel.
  package static let variable = "SUPERTILE_KERNEL"

  /// The kernel the environment asks for; the fastest where it does not.
  package static func requested() throws(ConvolutionKernelError) -> ConvolutionKernel {
    try named(getenv(variable).map { String(cString: $0) } ?? "")
  }

  /// - Parameter name: a raw value; `auto` or nothing for the fastest.
  package static func named(_ name: String) throws(ConvolutionKernelError) -> ConvolutionKernel {
    if name.isEmpty || name == "auto" { return fastest }
    guard let kernel = ConvolutionKernel(rawValue: name) else { throw ConvolutionKernelError(name: name, known: false) }
    guard kernel.isAvailable else { throw ConvolutionKernelError(name: name, known: true) }
    return kernel
  }

  /// Nil where it is not a Winograd kernel.
  var winograd: supertile_winograd_kernel? {
    switch self {
    case .openBLAS: nil
    case .f4AVX2: SUPERTILE_WINOGRAD_AVX2
    case .f4AVX512: SUPERTILE_WINOGRAD_AVX512
    }
  }
}

/// A kernel that was asked for and cannot be had.
package struct ConvolutionKernelError: Error, Sendable, CustomStringConvertible {
  package let name: String
  /// Whether there is such a kernel, on other CPUs.
  package let known: Bool

  package var description: String {
    let available = (["auto"] + ConvolutionKernel.available.map(\.rawValue)).joined(separator: ", ")
    return (known ? "this CPU does not run the kernel '\(name)'" : "there is no kernel '\(name)'")
      + "; here it is one of \(available)"
  }
}
