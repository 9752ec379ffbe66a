internal import GDALAdapter
internal import Geometry

/// The buildings of earlier revisions, each as it was last, to find out which of them a new outline is.
struct PreviousBuildings: Sendable {
  /// A building as it is remembered: its packed name, and where its points lie in `points`.
  private struct Entry {
    var name: UInt64
    /// Of its file: 0 is the newest.
    var age: Int
    var bounds: PlanarBounds
    /// Points of each ring of each polygon, rings one after another.
    var points: Range<Int>
  }
  private var entries: [Entry] = []
  /// Eastings and northings against `origin`, in pairs; a ring ends where its first point comes again, a polygon with a
  /// pair of NaN.
  private var points: [Float] = []
  private let origin: PlanarPoint
  /// Centres of one small building are no farther from each other, m: what it moves by when its outline jitters by a pixel.
  private let jitter: Double
  /// Numbers of entries by each cell that their bounds touch, sorted.
  private var cells: [(cell: UInt64, entry: Int)] = []

  private static let cellSide = 128.0
  /// Of a building's outline, m: none was published that is longer, and it would touch all too many cells.
  private static let longestSide = Double(BuildingLimits.longestSide) * BuildingImage.pixels.upperBound

  /// Without any.
  init() { (origin, jitter) = (PlanarPoint(x: 0, y: 0), 0) }

  /// - Parameters:
  ///   - paths: GeoJSON of earlier revisions, newest first. Features without a name of `place` are passed over, and so is
  ///     what cannot be read or is larger than any building.
  ///   - epsg: coordinate system to compare in.
  ///   - origin: near the buildings: coordinates are kept in single precision against it.
  ///   - pixel: side of a pixel that outlines are made of, m.
  /// - Throws: `GDALError`.
  init(reading paths: [String], place: String, epsg: Int, origin: PlanarPoint, pixel: Double) throws {
    self.origin = origin
    jitter = 1.5 * pixel
    var entries: [Entry] = []
    var points: [Float] = []
    var names: Set<UInt64> = []
    for (age, path) in paths.enumerated() {
      let newer = names
      // One that is damaged gives what comes before the damage: names are no reason to publish nothing.
      _ = try? VectorFile.forEachFeature(of: path, epsg: epsg) { feature in
        guard let id = feature.id, let name = BuildingIdentifiers.parse(id, place: place), !newer.contains(name) else {
          return
        }
        var bounds = PlanarBounds()
        for polygon in feature.polygons { bounds.include(polygon.bounds) }
        guard !bounds.isEmpty, bounds.longestSide <= Self.longestSide else { return }
        names.insert(name)
        let start = points.count
        for polygon in feature.polygons {
          for ring in polygon.rings {
            for point in ring { points += [Float(point.x - origin.x), Float(point.y - origin.y)] }
          }
          points += [.nan, .nan]
        }
        entries.append(Entry(name: name, age: age, bounds: bounds, points: start..<points.count))
      }
    }
    self.entries = entries
    self.points = points
    cells = entries.indices.flatMap { index in Self.cells(of: entries[index].bounds, origin).map { ($0, index) } }
    cells.sort { ($0.cell, $0.entry) < ($1.cell, $1.entry) }
  }

  var names: some Sequence<UInt64> { entries.lazy.map(\.name) }
  var isEmpty: Bool { entries.isEmpty }

  /// A building that an outline may be, and how much they are alike.
  struct Match: Sendable {
    var name: UInt64
    /// Of its file: 0 is the newest.
    var age: Int
    /// From 1 on by what they share, below by how near their centres are.
    var likeness: Double
  }

  /// The building that an outline is, of the newest revision that has it; nil where there is none.
  func match(of polygon: PlanarPolygon) -> Match? {
    guard !entries.isEmpty, !polygon.bounds.isEmpty else { return nil }
    let box = polygon.bounds.expanded(by: jitter)
    let (area, centre) = (polygon.area, polygon.centroid)
    var seen: Set<Int> = []
    var best: Match?
    for cell in Self.cells(of: box, origin) {
      var position = cells.partitioningIndex { $0.cell >= cell }
      while position < cells.count, cells[position].cell == cell {
        let number = cells[position].entry
        position += 1
        let entry = entries[number]
        guard seen.insert(number).inserted, entry.bounds.intersects(box), entry.age <= best?.age ?? .max else {
          continue
        }
        guard let likeness = likeness(polygons(entry), polygon, area: area, centre: centre) else { continue }
        if best.map({ entry.age < $0.age || likeness > $0.likeness }) ?? true {
          best = Match(name: entry.name, age: entry.age, likeness: likeness)
        }
      }
    }
    return best
  }

  /// A name for each outline that has one: of pieces of one building for that which is most like it.
  /// - Parameter others: outlines that may be pieces of the same buildings, and get no names here.
  static func names(of matches: [Match?], beside others: [Match?] = []) -> [UInt64?] {
    let all = (matches + others).compactMap(\.self)
    let best = Dictionary(all.map { ($0.name, $0.likeness) }, uniquingKeysWith: max)
    var given: Set<UInt64> = []
    return matches.map { match in
      guard let match, match.likeness == best[match.name], given.insert(match.name).inserted else { return nil }
      return match.name
    }
  }

  /// How much two outlines are one building; nil where they are two.
  private func likeness(
    _ parts: [PlanarPolygon], _ polygon: PlanarPolygon, area: Double, centre: PlanarPoint
  ) -> Double? {
    let iou = Overlap.intersectionOverUnion(parts, polygon)
    if iou >= BuildingIdentifiers.smallestIoU { return 1 + iou }
    guard iou >= BuildingIdentifiers.leastIoU else { return nil }
    let before = parts.reduce(0) { $0 + $1.area }
    guard parts.count == 1, max(area, before) <= BuildingIdentifiers.largestSmall,
      min(area, before) * 2 >= max(area, before)
    else { return nil }
    let old = parts[0].centroid
    let distance = ((old.x - centre.x) * (old.x - centre.x) + (old.y - centre.y) * (old.y - centre.y)).squareRoot()
    return distance <= jitter ? 1 - distance / jitter : nil
  }

  private func polygons(_ entry: Entry) -> [PlanarPolygon] {
    var polygons: [PlanarPolygon] = []
    var (rings, ring): ([[PlanarPoint]], [PlanarPoint]) = ([], [])
    for index in stride(from: entry.points.lowerBound, to: entry.points.upperBound, by: 2) {
      if points[index].isNaN {
        polygons.append(PlanarPolygon(rings: rings))
        rings = []
        continue
      }
      let point = PlanarPoint(x: origin.x + Double(points[index]), y: origin.y + Double(points[index + 1]))
      ring.append(point)
      if ring.count > 2, point == ring[0] {
        rings.append(ring)
        ring = []
      }
    }
    return polygons
  }

  /// The cells that a box touches.
  private static func cells(of box: PlanarBounds, _ origin: PlanarPoint) -> [UInt64] {
    let columns = index(box.minX, origin.x)...index(box.maxX, origin.x)
    return (index(box.minY, origin.y)...index(box.maxY, origin.y)).flatMap { row in
      columns.map { cell(row: row, column: $0) }
    }
  }

  private static func index(_ value: Double, _ origin: Double) -> Int {
    Int(((value - origin) / cellSide).rounded(.down))
  }

  private static func cell(row: Int, column: Int) -> UInt64 {
    UInt64(UInt32(bitPattern: Int32(clamping: row))) << 32 | UInt64(UInt32(bitPattern: Int32(clamping: column)))
  }
}

extension Array {
  /// The first index from which on `predicate` holds, in an array where it holds from somewhere on.
  fileprivate func partitioningIndex(_ predicate: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if predicate(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
