private import Foundation
package import Geometry
internal import GDALAdapter

/// A strict check of RFC 7946, and of what Supertile promises beyond it.
package struct GeoJSONCheck {
  package struct Feature {
    package let id: String?
    package let polygons: [PlanarPolygon]
    package let bbox: [Double]
    package let properties: [String: Any]
  }
  package private(set) var features: [Feature] = []
  package private(set) var bbox: [Double]?
  /// What does not hold, with the section of RFC 7946.
  package private(set) var problems: [String] = []

  package init(_ path: String) {
    guard let data = FileManager.default.contents(atPath: path),
      let document = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
    else {
      problems = ["\(path) is no JSON object"]
      return
    }
    require(document["type"] as? String == "FeatureCollection", "3.3: type is no FeatureCollection")
    require(document["crs"] == nil, "4: there is a crs")
    for name in ["coordinates", "geometries", "geometry", "properties"] {
      require(document[name] == nil, "7.1: a collection has no member \(name)")
    }
    checkDecimals(String(decoding: data, as: UTF8.self))
    guard let list = document["features"] as? [[String: Any]] else {
      problems.append("3.3: features is no array of objects")
      return
    }
    var ids: Set<String> = []
    for feature in list {
      let id = feature["id"] as? String
      require(feature["id"] == nil || id != nil, "3.2: an id is no string")
      if let id { require(ids.insert(id).inserted, "the id \(id) is there twice") }
      require(feature["type"] as? String == "Feature", "3.2: type is no Feature")
      require(feature["properties"] is [String: Any], "3.2: properties is no object")
      require(feature["coordinates"] == nil && feature["features"] == nil, "7.1: members of other types")
      let polygons = polygons(feature["geometry"])
      let box = numbers(feature["bbox"]) ?? []
      checkBounds(box, polygons)
      features.append(
        Feature(id: id, polygons: polygons, bbox: box, properties: feature["properties"] as? [String: Any] ?? [:]))
    }
    if let box = numbers(document["bbox"]) {
      bbox = box
      checkBounds(box, features.flatMap(\.polygons))
    } else {
      require(document["bbox"] == nil && features.isEmpty, "5: no bbox, although there are features")
    }
  }

  private mutating func require(_ holds: Bool, _ problem: String) { if !holds { problems.append(problem) } }

  private func numbers(_ value: Any?) -> [Double]? { (value as? [NSNumber])?.map(\.doubleValue) }

  private mutating func polygons(_ value: Any?) -> [PlanarPolygon] {
    guard let geometry = value as? [String: Any] else {
      problems.append("3.2: geometry is no object")
      return []
    }
    let parts: [Any]?
    switch geometry["type"] as? String {
    case "Polygon": parts = (geometry["coordinates"] as? [Any]).map { [$0] }
    case "MultiPolygon": parts = geometry["coordinates"] as? [Any]
    default: parts = nil
    }
    guard let parts, !parts.isEmpty else {
      problems.append("3.1: no Polygon and no MultiPolygon with coordinates")
      return []
    }
    let polygons = parts.map { part in
      PlanarPolygon(
        rings: (part as? [[[NSNumber]]] ?? []).map { ring in
          ring.map { position in
            PlanarPoint(x: position.first?.doubleValue ?? .nan, y: position.last?.doubleValue ?? .nan)
          }
        })
    }
    for polygon in polygons {
      require(!polygon.rings.isEmpty, "3.1.6: a polygon without rings")
      for (index, ring) in polygon.rings.enumerated() {
        require(ring.count >= 4, "3.1.6: a ring of \(ring.count) positions")
        require(ring.first == ring.last, "3.1.6: a ring that is not closed")
        require(
          (PlanarPolygon.signedArea(ring) > 0) == (index == 0), "3.1.6: a ring against the right-hand rule")
        require(
          ring.allSatisfy { (-180...180).contains($0.x) && (-90...90).contains($0.y) }, "4: coordinates out of range")
      }
      let box = polygon.bounds
      require(box.maxX - box.minX < 180, "3.1.9: a polygon across the antimeridian")
    }
    require(VectorGeometry(polygons).isValid, "a geometry is not valid: \(polygons)")
    return polygons
  }

  /// 5: the box is that of the positions, west > east where they lie on both sides of the antimeridian.
  private mutating func checkBounds(_ box: [Double], _ polygons: [PlanarPolygon]) {
    guard box.count == 4 else {
      problems.append("5: a bbox of \(box.count) numbers")
      return
    }
    let points = polygons.flatMap { $0.rings.joined() }
    let crosses = box[0] > box[2]
    let west = crosses ? points.map(\.x).filter { $0 >= 0 }.min() : points.map(\.x).min()
    let east = crosses ? points.map(\.x).filter { $0 < 0 }.max() : points.map(\.x).max()
    let expected = [west, points.map(\.y).min(), east, points.map(\.y).max()].map { $0 ?? .nan }
    require(
      zip(box, expected).allSatisfy { abs($0 - $1) < 1.5e-7 }, "5: a bbox \(box) around positions within \(expected)")
  }

  /// 11.2: no more decimals than make sense.
  private mutating func checkDecimals(_ text: String) {
    var decimals: Int?
    var worst = 0
    for byte in text.utf8 {
      if byte == UInt8(ascii: ".") {
        decimals = 0
      } else if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
        decimals = decimals.map { $0 + 1 }
        worst = max(worst, decimals ?? 0)
      } else {
        decimals = nil
      }
    }
    require(worst <= 7, "11.2: \(worst) decimals")
  }
}
