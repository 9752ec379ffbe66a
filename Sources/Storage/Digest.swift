private import Crypto

/// Checksum algorithms that manifests name (`checksumName`) or Supertile writes.
package enum DigestAlgorithm: String, Sendable, CaseIterable {
  case md5 = "MD5"
  case sha3_256 = "SHA3-256"
  case sha256 = "SHA-256"

  /// - Parameter name: as in `byteStream/checksum/@checksumName`, whatever its case.
  package init?(manifestName name: String) {
    guard let match = Self.allCases.first(where: { $0.rawValue == name.uppercased() }) else { return nil }
    self = match
  }
}

/// A checksum in the making: feed it bytes, then ask for the digest.
package struct Digester {
  private enum State {
    case md5(Insecure.MD5)
    case sha3(SHA3_256)
    case sha2(SHA256)
  }
  private var state: State

  package init(_ algorithm: DigestAlgorithm) {
    state =
      switch algorithm {
      case .md5: .md5(Insecure.MD5())
      case .sha3_256: .sha3(SHA3_256())
      case .sha256: .sha2(SHA256())
      }
  }

  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    switch state {
    case .md5(var hash):
      hash.update(bufferPointer: bytes)
      state = .md5(hash)
    case .sha3(var hash):
      hash.update(bufferPointer: bytes)
      state = .sha3(hash)
    case .sha2(var hash):
      hash.update(bufferPointer: bytes)
      state = .sha2(hash)
    }
  }

  /// Lower-case hexadecimal digits.
  package func hexadecimal() -> String {
    switch state {
    case .md5(let hash): Self.hexadecimal(hash.finalize())
    case .sha3(let hash): Self.hexadecimal(hash.finalize())
    case .sha2(let hash): Self.hexadecimal(hash.finalize())
    }
  }

  /// Digest of bytes in memory, lower-case hexadecimal.
  package static func hexadecimal(_ algorithm: DigestAlgorithm, of bytes: some Sequence<UInt8>) -> String {
    var digester = Digester(algorithm)
    Array(bytes).withUnsafeBytes { digester.update($0) }
    return digester.hexadecimal()
  }

  private static func hexadecimal(_ digest: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in digest {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}
