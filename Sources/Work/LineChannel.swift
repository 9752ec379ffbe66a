private import Foundation
internal import Glibc
private import Synchronization

/// JSON documents, one a line, out through a file descriptor.
final class LineWriter: Sendable {
  private let descriptor: Int32
  private let gate = Mutex(())

  /// - Parameter descriptor: stays its owner's.
  init(_ descriptor: Int32) { self.descriptor = descriptor }

  /// - Returns: whether the other side can still hear.
  @discardableResult
  func send(_ value: some Encodable) -> Bool {
    // What is sent are values of this package: they always encode. A number JSON does not have would not.
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard var line = try? encoder.encode(value) else { preconditionFailure("\(value) does not encode") }
    line.append(UInt8(ascii: "\n"))
    return gate.withLock { _ in
      line.withUnsafeBytes { bytes in
        var offset = 0
        while offset < bytes.count {
          let count = write(descriptor, bytes.baseAddress! + offset, bytes.count - offset)
          if count < 0, errno == EINTR { continue }
          guard count > 0 else { return false }
          offset += count
        }
        return true
      }
    }
  }
}

/// JSON documents, one a line, in through a file descriptor.
struct LineReader {
  private let descriptor: Int32
  private var rest: [UInt8] = []
  private var chunk = [UInt8](repeating: 0, count: 1 << 16)

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  /// Waits for the next document.
  /// - Returns: nil where the other side has closed, or says what cannot be understood.
  mutating func next<Value: Decodable>(_: Value.Type) -> Value? {
    while true {
      if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
        let line = Data(rest[..<end])
        rest.removeSubrange(...end)
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
          positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try? decoder.decode(Value.self, from: line)
      }
      let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return nil }
      rest.append(contentsOf: chunk[..<count])
    }
  }
}
