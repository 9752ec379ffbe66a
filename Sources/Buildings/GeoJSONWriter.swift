internal import Foundation
internal import Geometry
internal import Writing
internal import Storage

/// Writes a feature collection piece by piece: one feature a line.
final class GeoJSONWriter {
  let path: String
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private var features = 0
  private var isOpen = true

  private static let bufferSize = 1 << 18

  /// - Parameters:
  ///   - name: the layer's name in GDAL.
  ///   - members: further members of the collection.
  /// - Throws: `StorageError`.
  init(_ path: String, name: String, members: [String: JSONValue] = [:]) throws {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw StorageError("create", path) }
    text("{\"type\":\"FeatureCollection\",\"name\":\(Self.json(.string(name)))")
    for (key, value) in members.sorted(by: { $0.key < $1.key }) {
      text(",\(Self.json(.string(key))):\(Self.json(value))")
    }
    text(",\"features\":[")
  }

  deinit { if isOpen { close(descriptor) } }

  /// - Parameter properties: as JSON, without the braces.
  /// - Throws: `StorageError`.
  func add(id: String?, polygon: GlobePolygon, properties: String) throws {
    text(features == 0 ? "\n" : ",\n")
    features += 1
    text("{\"type\":\"Feature\",")
    if let id { text("\"id\":\(Self.json(.string(id))),") }
    text("\"bbox\":")
    numbers(polygon.bounds)
    text(",\"properties\":{\(properties)},\"geometry\":")
    geometry(polygon)
    text("}")
    if buffer.count >= Self.bufferSize { try flush() }
  }

  /// Ends the collection and closes the file.
  /// - Parameter bounds: west, south, east, north; nil where there is nothing.
  /// - Throws: `StorageError`.
  func finish(bounds: [Double]?) throws {
    text("\n]")
    if let bounds {
      text(",\"bbox\":")
      numbers(bounds)
    }
    text("}\n")
    try flush()
    isOpen = false
    guard close(descriptor) == 0 else { throw StorageError("close", path) }
  }

  private func geometry(_ polygon: GlobePolygon) {
    let isOne = polygon.parts.count == 1
    text(isOne ? "{\"type\":\"Polygon\",\"coordinates\":" : "{\"type\":\"MultiPolygon\",\"coordinates\":[")
    for (index, part) in polygon.parts.enumerated() {
      text(index > 0 ? ",[" : "[")
      for (index, ring) in part.rings.enumerated() {
        text(index > 0 ? ",[" : "[")
        for (index, point) in ring.enumerated() {
          text(index > 0 ? ",[" : "[")
          degrees(point.x)
          text(",")
          degrees(point.y)
          text("]")
        }
        text("]")
      }
      text("]")
    }
    text(isOne ? "}" : "]}")
  }

  private func numbers(_ values: [Double]) {
    text("[")
    for (index, value) in values.enumerated() {
      if index > 0 { text(",") }
      degrees(value)
    }
    text("]")
  }

  /// At most seven decimals, no zeros at the end.
  private func degrees(_ value: Double) { text(Self.fixed(value, decimals: 7)) }

  private func text(_ text: String) { buffer += text.utf8 }

  private func flush() throws {
    var offset = 0
    while offset < buffer.count {
      let count = buffer.withUnsafeBytes { write(descriptor, $0.baseAddress! + offset, $0.count - offset) }
      if count < 0 {
        if errno == EINTR { continue }
        throw StorageError("write", path)
      }
      offset += count
    }
    buffer.removeAll(keepingCapacity: true)
  }

  /// A number with at most so many decimals.
  static func fixed(_ value: Double, decimals: Int) -> String {
    var unit = 1
    for _ in 0..<decimals { unit *= 10 }
    let scaled = Int((value * Double(unit)).rounded())
    let (whole, part) = abs(scaled).quotientAndRemainder(dividingBy: unit)
    var text = scaled < 0 ? "-\(whole)" : "\(whole)"
    if part > 0 {
      var digits = String(part)
      digits = String(repeating: "0", count: decimals - digits.count) + digits
      while digits.hasSuffix("0") { digits.removeLast() }
      text += "." + digits
    }
    return text
  }

  /// A value on one line.
  static func json(_ value: JSONValue) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
  }
}
