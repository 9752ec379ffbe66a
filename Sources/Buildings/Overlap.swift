package import Geometry

/// How much of each other two outlines are.
package enum Overlap {
  /// Area of the intersection over area of the union, 0 to 1.
  /// - Parameter parts: valid, with no area in common.
  package static func intersectionOverUnion(_ parts: [PlanarPolygon], _ other: PlanarPolygon) -> Double {
    let shared = parts.reduce(0) { $0 + $1.sharedArea(with: other) }
    let union = parts.reduce(other.area) { $0 + $1.area } - shared
    return union > 0 ? shared / union : 0
  }
}
