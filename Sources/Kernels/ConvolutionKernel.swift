internal import CKernels
private import Glibc

/// How 3 x 3 convolutions are computed, and with which vectors the products of all other layers are (`RowProduct`). The
/// two vector widths agree to the last bit.
package enum ConvolutionKernel: String, Sendable, CaseIterable {
  /// The definition: nine matrix products by OpenBLAS. Runs everywhere; the others are tested against it.
  case openBLAS = "openblas"
  /// Winograd's F(6x6, 3x3): 5.1 times fewer products than the definition. 5 to 10 times PyTorch's rounding error:
  /// never chosen by itself.
  case f6AVX2 = "f6-avx2"
  case f6AVX512 = "f6-avx512"
  /// F(4x6, 3x3), tiles of 4 rows and 6 columns: 4.5 times fewer products; 2 to 5 times PyTorch's rounding
  /// error for 3 to 5 % more speed where F(4x4, 3x3) is not held up by its transforms.
  case f4x6AVX2 = "f4x6-avx2"
  case f4x6AVX512 = "f4x6-avx512"
  /// F(4x4, 3x3): 4 times fewer products; PyTorch's rounding error. The default.
  case f4AVX2 = "f4-avx2"
  case f4AVX512 = "f4-avx512"

  /// Whether this CPU runs it.
  package var isAvailable: Bool { winograd.map(supertile_winograd_available) ?? true }

  package static var available: [ConvolutionKernel] { allCases.filter(\.isAvailable) }

  /// The fastest whose rounding errors are as small as PyTorch's.
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
    case .f4AVX2: SUPERTILE_WINOGRAD_F4_AVX2
    case .f4AVX512: SUPERTILE_WINOGRAD_F4_AVX512
    case .f4x6AVX2: SUPERTILE_WINOGRAD_F4X6_AVX2
    case .f4x6AVX512: SUPERTILE_WINOGRAD_F4X6_AVX512
    case .f6AVX2: SUPERTILE_WINOGRAD_F6_AVX2
    case .f6AVX512: SUPERTILE_WINOGRAD_F6_AVX512
    }
  }

  /// Nil for OpenBLAS.
  var rows: supertile_row_kernel? {
    switch self {
    case .openBLAS: nil
    case .f4AVX2, .f4x6AVX2, .f6AVX2: SUPERTILE_ROWS_AVX2
    case .f4AVX512, .f4x6AVX512, .f6AVX512: SUPERTILE_ROWS_AVX512
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
