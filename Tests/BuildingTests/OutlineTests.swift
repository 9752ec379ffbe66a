import Buildings
import Foundation
import GDALAdapter
import Geometry
import TestSupport
import Testing

@Test(arguments: [0.3, 0.5, 0.7])
func areasOfPolygonsAreThoseOfTheirPixels(share: Double) throws {
  var generator = SeededGenerator(UInt64(share * 100))
  let grid = utm(rows: 37, columns: 52)
  let mask = (0..<grid.size.pixelCount).map { _ in UInt8(Double.random(in: 0..<1, using: &generator) < share ? 1 : 0) }
  let polygons = try Polygonise.areas(mask, grid: grid)
  #expect(polygons.allSatisfy { VectorGeometry($0).isValid })
  #expect(abs(polygons.reduce(0) { $0 + $1.area } - 25 * Double(mask.reduce(0) { $0 + Int($1) })) < 1e-6)
  // And back: the same pixels.
  var burnt = [UInt8](repeating: 0, count: mask.count)
  try Polygonise.burn(polygons, into: &burnt, grid: grid)
  #expect(burnt == mask)
}

@Test func aHoleIsARing() throws {
  let map = ["#####", "#...#", "#.#.#", "#...#", "#####"]
  let grid = utm(rows: 5, columns: 5)
  let mask = map.joined().map { UInt8($0 == "#" ? 1 : 0) }
  let polygons = try Polygonise.areas(mask, grid: grid).sorted { $0.area < $1.area }
  #expect(polygons.map(\.rings.count) == [1, 2] && polygons.map(\.area) == [25, 16 * 25])
  #expect(polygons[1].centroid == PlanarPoint(x: 350_012.5, y: 4_849_987.5))
}

/// Pixels whose centres lie in a rectangle turned by `degrees`.
private func turned(_ degrees: Double, _ length: Double, _ width: Double, _ grid: GridGeometry) -> [UInt8] {
  let (s, c) = (sin(degrees * .pi / 180), cos(degrees * .pi / 180))
  return (0..<grid.size.pixelCount).map { pixel in
    let x = Double(pixel % grid.size.columns) + 0.5 - Double(grid.size.columns) / 2
    let y = Double(pixel / grid.size.columns) + 0.5 - Double(grid.size.rows) / 2
    return abs(x * c + y * s) <= length / 2 && abs(y * c - x * s) <= width / 2 ? 1 : 0
  }
}

@Test(arguments: [0.0, 10, 30, 45, 72])
func aTurnedRectangleBecomesOneOfItsArea(degrees: Double) throws {
  let grid = utm(rows: 40, columns: 40)
  let mask = turned(degrees, 24, 11, grid)
  let raw = try #require(try Polygonise.areas(mask, grid: grid).first)
  let (outline, kind) = Regularise.outline(raw, pixel: 5)
  #expect(kind == .rectangle && outline.rings[0].count == 5)
  #expect(abs(outline.area / raw.area - 1) < 1e-9)
  #expect(VectorGeometry(outline).intersectionOverUnion(VectorGeometry(raw)) > 0.9)
  let side = outline.rings[0]
  let angle =
    zip(side, side.dropFirst()).map { a, b in atan2(a.y - b.y, b.x - a.x) * 180 / .pi }
    .map { abs(remainder($0 - degrees, 90)) }.max() ?? 90
  #expect(angle < 4, "the rectangle is turned by \(angle) degrees against the truth")
}

@Test func outlinesKeepTheirAreaAndLieOnTheirPixels() throws {
  var generator = SeededGenerator(3)
  let grid = utm(rows: 64, columns: 64)
  var kinds: [Regularise.Kind: Int] = [:]
  for _ in 0..<6 {
    let mask = (0..<grid.size.pixelCount).map { _ in UInt8(Double.random(in: 0..<1, using: &generator) < 0.55 ? 1 : 0) }
    for raw in try Polygonise.areas(mask, grid: grid) {
      let (outline, kind) = Regularise.outline(raw, pixel: 5)
      kinds[kind, default: 0] += 1
      #expect(VectorGeometry(outline).isValid)
      let iou = VectorGeometry(outline).intersectionOverUnion(VectorGeometry(raw))
      #expect(iou >= Regularise.smallestIoU - 1e-9 && abs(outline.area / raw.area - 1) < 1e-6)
    }
  }
  #expect(kinds.keys.count >= 2, "the masks try more than one way")
}

/// Against GEOS: polygons that lie anywhere on areas of pixels with bays and holes, inside, across and beyond.
@Test func whatPolygonsShareIsWhatGEOSSays() throws {
  var generator = SeededGenerator(8)
  let grid = utm(rows: 40, columns: 48)
  func random(_ range: ClosedRange<Double>) -> Double { Double.random(in: range, using: &generator) }
  var compared = 0
  for _ in 0..<5 {
    let mask = (0..<grid.size.pixelCount).map { _ in UInt8(random(0...1) < 0.7 ? 1 : 0) }
    let areas = try Polygonise.areas(mask, grid: grid).sorted { $0.area > $1.area }
    let raw = areas[0]
    #expect(raw.rings.count > 10)
    let truth = VectorGeometry(raw)
    #expect(abs(raw.sharedArea(with: raw) / raw.area - 1) < 1e-9)
    var others = Array(areas.dropFirst().prefix(3))
    for _ in 0..<12 {
      let (x, y) = (grid.upperLeftX + random(-20...260), grid.upperLeftY - random(-20...220))
      let (u, v, angle) = (random(1...80), random(1...80), random(0...3.14))
      func corner(_ a: Double, _ b: Double) -> PlanarPoint {
        PlanarPoint(x: x + a * cos(angle) - b * sin(angle), y: y + a * sin(angle) + b * cos(angle))
      }
      func box(_ k: Double) -> [PlanarPoint] {
        [(-1.0, -1.0), (1, -1), (1, 1), (-1, 1), (-1, -1)].map { corner($0 * k * u, $1 * k * v) }
      }
      // With a hole that runs the same way round: the outline's own direction must not matter.
      others.append(PlanarPolygon(rings: random(0...1) < 0.5 ? [box(1)] : [box(1), box(0.4)]))
      others.append(PlanarPolygon(rings: [box(1).reversed()]))
    }
    for other in others {
      let wanted = try #require(VectorGeometry(other).intersection(truth)).area
      #expect(abs(raw.sharedArea(with: other) - wanted) < 1e-6 * max(1, wanted))
      #expect(abs(other.sharedArea(with: raw) - wanted) < 1e-6 * max(1, wanted))
      compared += wanted > 0 ? 1 : 0
    }
  }
  #expect(compared > 50)
}

/// Edges in bins against GEOS, and against the areas of the same outlines turned by a quarter, whose bins are others.
@Test func longOutlinesAreCompared() throws {
  var generator = SeededGenerator(9)
  let grid = utm(rows: 120, columns: 120)
  let mask = (0..<grid.size.pixelCount).map { _ in UInt8(Double.random(in: 0...1, using: &generator) < 0.7 ? 1 : 0) }
  let raw = try #require(try Polygonise.areas(mask, grid: grid).max { $0.area < $1.area })
  #expect(raw.pointCount > 4000)
  func moved(_ place: (PlanarPoint) -> PlanarPoint, _ polygon: PlanarPolygon) -> PlanarPolygon {
    PlanarPolygon(rings: polygon.rings.map { $0.map(place) })
  }
  func turned(_ polygon: PlanarPolygon) -> PlanarPolygon { moved({ PlanarPoint(x: -$0.y, y: $0.x) }, polygon) }
  #expect(abs(raw.sharedArea(with: raw) / raw.area - 1) < 1e-9)
  for (x, y) in [(2.0, -1.0), (250, 130), (-7.5, 0), (0, 5), (590, 0), (600, 0)] {
    let other = moved({ PlanarPoint(x: $0.x + x, y: $0.y + y) }, raw)
    let shared = raw.sharedArea(with: other)
    let wanted = try #require(VectorGeometry(raw).intersection(VectorGeometry(other))).area
    #expect(abs(shared - wanted) < 1e-6 * max(1, wanted))
    #expect(abs(turned(raw).sharedArea(with: turned(other)) - shared) < 1e-6 * max(1, shared))
    #expect(abs(Overlap.intersectionOverUnion([raw], other) - shared / (2 * raw.area - shared)) < 1e-9)
  }
}

@Test func anLKeepsItsCornerAndACourtyardItsHole() throws {
  let size = RasterSize(rows: 12, columns: 12)
  let grid = utm(rows: 12, columns: 12)
  let angle = (0..<size.pixelCount).map { UInt8($0 / 12 < 4 || $0 % 12 < 4 ? 1 : 0) }
  let raw = try #require(try Polygonise.areas(angle, grid: grid).first)
  let (outline, kind) = Regularise.outline(raw, pixel: 5)
  #expect(kind == .simplified && outline.rings[0].count == 7)
  let court = (0..<size.pixelCount).map { pixel in
    UInt8((3...8).contains(pixel / 12) && (3...8).contains(pixel % 12) ? 0 : 1)
  }
  let ring = Regularise.outline(try #require(try Polygonise.areas(court, grid: grid).first), pixel: 5)
  #expect(ring.polygon.rings.count == 2 && ring.polygon.area == 108 * 25)
}

/// A shed in a corner of a hall: the hall's rectangle would swallow it.
@Test func aStraightenedOutlineLeavesItsNeighboursAlone() throws {
  let grid = utm(rows: 32, columns: 32)
  func pixels(_ rows: Range<Int>, _ columns: Range<Int>) -> Set<Int> {
    Set(rows.flatMap { row in columns.map { row * 32 + $0 } })
  }
  let shed = pixels(4..<8, 4..<9)
  let hall = pixels(4..<28, 4..<24).subtracting(shed)
  let raw = try #require(
    try Polygonise.areas((0..<1024).map { hall.contains($0) ? 1 : 0 }, grid: grid).first)
  let free = Regularise.outline(raw, pixel: 5)
  #expect(free.kind == .rectangle)
  let shedOutline = try #require(try Polygonise.areas((0..<1024).map { shed.contains($0) ? 1 : 0 }, grid: grid).first)
  #expect(free.polygon.sharedArea(with: shedOutline) > 0.5 * shedOutline.area)
  func neighbours(shed owner: Int32) -> Neighbours {
    Neighbours(
      owners: (0..<1024).map { hall.contains($0) ? 1 : shed.contains($0) ? owner : 0 }, grid: grid,
      areas: [1: hall.count, 2: shed.count])
  }
  for owner in [2, Neighbours.other] {
    let kept = Regularise.outline(raw, pixel: 5) { neighbours(shed: owner).permit($0, of: 1) }
    #expect(kept.kind != .rectangle)
    #expect(kept.polygon.sharedArea(with: shedOutline) <= 0.2 * shedOutline.area)
  }
  // A part that is too small to be a building is nobody's.
  #expect(neighbours(shed: 3).permit(free.polygon, of: 1))
  #expect(!neighbours(shed: 2).permit(free.polygon, of: 1))
  #expect(neighbours(shed: 2).permit(raw, of: 1) && neighbours(shed: Neighbours.other).permit(raw, of: 1))
}
