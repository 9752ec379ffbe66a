/// A point on a plane: easting and northing in metres, or longitude and latitude in degrees.
package struct PlanarPoint: Sendable, Hashable {
  package var x: Double
  package var y: Double

  package init(x: Double, y: Double) {
    self.x = x
    self.y = y
  }
}

/// A polygon with holes. Rings are closed: the first point is repeated at the end.
package struct PlanarPolygon: Sendable, Hashable {
  /// The outer ring first, then the holes.
  package var rings: [[PlanarPoint]]

  package init(rings: [[PlanarPoint]]) { self.rings = rings }

  /// Area without the holes, in units of the plane squared.
  package var area: Double {
    guard let outer = rings.first else { return 0 }
    return rings.dropFirst().reduce(abs(Self.signedArea(outer))) { $0 - abs(Self.signedArea($1)) }
  }

  /// Of all rings, the repeated ones counted.
  package var pointCount: Int { rings.reduce(0) { $0 + $1.count } }

  /// Centre of gravity, holes left out.
  package var centroid: PlanarPoint {
    guard let origin = rings.first?.first else { return PlanarPoint(x: 0, y: 0) }
    var (area, x, y) = (0.0, 0.0, 0.0)
    for (index, ring) in rings.enumerated() {
      var (ringArea, ringX, ringY) = (0.0, 0.0, 0.0)
      for (a, b) in zip(ring, ring.dropFirst()) {
        // Relative to one of its points: northings have too many digits for products.
        let (ax, ay, bx, by) = (a.x - origin.x, a.y - origin.y, b.x - origin.x, b.y - origin.y)
        let cross = ax * by - bx * ay
        ringArea += cross / 2
        ringX += (ax + bx) * cross / 6
        ringY += (ay + by) * cross / 6
      }
      let sign = (ringArea < 0) == (index == 0) ? -1.0 : 1
      area += sign * ringArea
      x += sign * ringX
      y += sign * ringY
    }
    guard area != 0 else { return origin }
    return PlanarPoint(x: origin.x + x / area, y: origin.y + y / area)
  }

  /// Outer ring counter-clockwise, holes clockwise: the right-hand rule of RFC 7946.
  package var rightHanded: PlanarPolygon {
    PlanarPolygon(
      rings: rings.enumerated().map { index, ring in
        (Self.signedArea(ring) > 0) == (index == 0) ? ring : ring.reversed()
      })
  }

  /// Smallest and largest coordinates of the outer ring.
  package var bounds: PlanarBounds {
    (rings.first ?? []).reduce(into: PlanarBounds()) { $0.include($1) }
  }

  /// Positive where the ring runs counter-clockwise.
  package static func signedArea(_ ring: [PlanarPoint]) -> Double {
    guard let origin = ring.first else { return 0 }
    return zip(ring, ring.dropFirst()).reduce(0) { sum, edge in
      let (a, b) = edge
      return sum + ((a.x - origin.x) * (b.y - origin.y) - (b.x - origin.x) * (a.y - origin.y)) / 2
    }
  }
}

/// A rectangle along the axes; empty at first.
package struct PlanarBounds: Sendable, Hashable {
  package var minX = Double.infinity
  package var minY = Double.infinity
  package var maxX = -Double.infinity
  package var maxY = -Double.infinity

  package init() {}

  package var isEmpty: Bool { minX > maxX }

  package mutating func include(_ point: PlanarPoint) {
    minX = min(minX, point.x)
    minY = min(minY, point.y)
    maxX = max(maxX, point.x)
    maxY = max(maxY, point.y)
  }

  package mutating func include(_ other: PlanarBounds) {
    minX = min(minX, other.minX)
    minY = min(minY, other.minY)
    maxX = max(maxX, other.maxX)
    maxY = max(maxY, other.maxY)
  }

  /// With a margin on all sides.
  package func expanded(by margin: Double) -> PlanarBounds {
    var result = self
    result.include(PlanarPoint(x: minX - margin, y: minY - margin))
    result.include(PlanarPoint(x: maxX + margin, y: maxY + margin))
    return result
  }

  /// The longer side; 0 where it is empty.
  package var longestSide: Double { isEmpty ? 0 : max(maxX - minX, maxY - minY) }

  package func intersects(_ other: PlanarBounds) -> Bool {
    minX <= other.maxX && other.minX <= maxX && minY <= other.maxY && other.minY <= maxY
  }
}
