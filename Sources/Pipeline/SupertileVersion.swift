private import Foundation
internal import Storage

/// Version of the programs, of the package, and in the record of every item.
package enum SupertileVersion {
  package static let current = "0.1.0"

  /// SHA-256 of the program that runs, also where another one was installed in its place since: programs of one version may
  /// compute otherwise. The version where it cannot be read.
  package static let program: String = {
    guard let bytes = try? Data(contentsOf: URL(fileURLWithPath: "/proc/self/exe"), options: .alwaysMapped) else {
      return current
    }
    var digester = Digester(.sha256)
    bytes.withUnsafeBytes { digester.update($0) }
    return digester.hexadecimal()
  }()
}
