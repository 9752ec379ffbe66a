private import Foundation

/// Tensors of a safetensors file: eight bytes of header length (little endian), a JSON header, then raw data.
package struct SafeTensors: Sendable {
  package struct Tensor: Sendable {
    package let shape: [Int]
    /// Row-major values.
    package let values: [Float]
  }

  package let path: String
  package let tensors: [String: Tensor]
  package let metadata: [String: String]

  private static let longestHeader = 16 << 20

  /// - Parameter bytes: the whole file.
  /// - Throws: `NetworkError` where the header, a type (only F32 is used) or a range does not hold.
  package init(path: String, bytes: [UInt8]) throws(NetworkError) {
    self.path = path
    func fail(_ reason: String) -> NetworkError { NetworkError(path: path, reason: reason) }
    guard bytes.count >= 8 else { throw fail("is too short for a safetensors file (\(bytes.count) bytes)") }
    let length = bytes[0..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= Self.longestHeader, Int(length) <= bytes.count - 8 else {
      throw fail("states a header of \(length) bytes; the file has \(bytes.count)")
    }
    let start = 8 + Int(length)
    guard let header = try? JSONSerialization.jsonObject(with: Data(bytes[8..<start])) as? [String: Any] else {
      throw fail("has no JSON header")
    }
    metadata = header["__metadata__"] as? [String: String] ?? [:]
    var tensors: [String: Tensor] = [:]
    for (name, entry) in header where name != "__metadata__" {
      guard let fields = entry as? [String: Any], let type = fields["dtype"] as? String,
        let shape = fields["shape"] as? [Int], let range = fields["data_offsets"] as? [Int], range.count == 2
      else { throw fail("tensor \(name) has no dtype, shape or data_offsets") }
      guard type == "F32" else { throw fail("tensor \(name) has type \(type), expected F32") }
      var count = 1
      for extent in shape {
        let (product, overflow) = count.multipliedReportingOverflow(by: extent)
        guard extent >= 0, !overflow, product <= bytes.count else { throw fail("tensor \(name) has shape \(shape)") }
        count = product
      }
      guard range[0] >= 0, range[0] <= range[1], range[1] <= bytes.count - start, range[1] - range[0] == 4 * count
      else {
        throw fail("tensor \(name) has data_offsets \(range) for shape \(shape)")
      }
      let values = bytes[(start + range[0])..<(start + range[1])].withUnsafeBytes { raw in
        (0..<count).map {
          Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
        }
      }
      tensors[name] = Tensor(shape: shape, values: values)
    }
    self.tensors = tensors
  }

  /// A tensor that must be there in just this shape.
  package func tensor(_ name: String, shape: [Int]) throws(NetworkError) -> [Float] {
    guard let tensor = tensors[name] else { throw NetworkError(path: path, reason: "has no tensor \(name)") }
    guard tensor.shape == shape else {
      throw NetworkError(path: path, reason: "tensor \(name) has shape \(tensor.shape), expected \(shape)")
    }
    guard tensor.values.allSatisfy(\.isFinite) else {
      throw NetworkError(path: path, reason: "tensor \(name) holds values that are not finite")
    }
    return tensor.values
  }
}
