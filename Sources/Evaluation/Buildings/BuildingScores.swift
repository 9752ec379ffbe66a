internal import GDALAdapter
package import Geometry

/// Pixels of two masks.
package struct Confusion: Sendable, Codable, Equatable {
  package var truePositives = 0
  package var falsePositives = 0
  package var falseNegatives = 0
  package var trueNegatives = 0

  package init() {}

  /// - Parameter isHidden: pixels that do not count; nil for none.
  /// - Precondition: as many pixels in all of them.
  package init(predicted: [UInt8], truth: [UInt8], isHidden: [Bool]? = nil) {
    precondition(predicted.count == truth.count, "masks differ in size")
    precondition(isHidden == nil || isHidden?.count == truth.count, "masks differ in size")
    for (pixel, (p, t)) in zip(predicted, truth).enumerated() where isHidden?[pixel] != true {
      switch (p != 0, t != 0) {
      case (true, true): truePositives += 1
      case (true, false): falsePositives += 1
      case (false, true): falseNegatives += 1
      case (false, false): trueNegatives += 1
      }
    }
  }

  /// Intersection over union of the class building; nil where there is none in either.
  package var building: Double? { Self.share(truePositives, falsePositives + falseNegatives) }
  package var background: Double? { Self.share(trueNegatives, falsePositives + falseNegatives) }
  /// Of the classes; nil where one of them is missing.
  package var mean: Double? { building.flatMap { building in background.map { (building + $0) / 2 } } }

  private static func share(_ shared: Int, _ other: Int) -> Double? {
    shared + other > 0 ? Double(shared) / Double(shared + other) : nil
  }

  static func + (left: Confusion, right: Confusion) -> Confusion {
    var sum = left
    sum.truePositives += right.truePositives
    sum.falsePositives += right.falsePositives
    sum.falseNegatives += right.falseNegatives
    sum.trueNegatives += right.trueNegatives
    return sum
  }
}

/// Buildings matched one to one, by the rules of solaris: in the order of the file each predicted building takes the true
/// building, of those left, that it has the highest intersection over union with, if that is above the limit.
package struct BuildingMatches: Sendable, Codable, Equatable {
  package var truePositives = 0
  package var falsePositives = 0
  package var falseNegatives = 0
  /// True building of each predicted one; nil where it has none.
  package var partners: [Int?] = []

  package static let limit = 0.25

  package init() {}

  /// In a task that is cancelled it ends before its time; whoever asked has to look.
  /// - Parameter limit: what an intersection over union must exceed.
  package init(predicted: [[PlanarPolygon]], truth: [[PlanarPolygon]], limit: Double = Self.limit) {
    let extents = truth.map { Extent($0) }
    var index = BoundsIndex(extents.map(\.box))
    let truths = truth.map { GeometryBox(VectorGeometry($0)) }
    for building in predicted where !Task.isCancelled {
      let geometry = VectorGeometry(building)
      let extent = Extent(building)
      var best: (iou: Double, index: Int)?
      for candidate in index.touching(extent.box) {
        guard extent.mayExceed(best?.iou ?? limit, with: extents[candidate]) else { continue }
        let iou = geometry.intersectionOverUnion(truths[candidate].geometry)
        if iou > limit, iou > best?.iou ?? 0 { best = (iou, candidate) }
      }
      partners.append(best?.index)
      if let best { index.remove(best.index) }
    }
    truePositives = partners.count { $0 != nil }
    falsePositives = predicted.count - truePositives
    falseNegatives = truth.count - truePositives
  }

  /// 0 where nothing was found, or nothing is there.
  package var precision: Double { Self.share(truePositives, truePositives + falsePositives) }
  package var recall: Double { Self.share(truePositives, truePositives + falseNegatives) }
  package var f1: Double { Self.share(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives) }

  private static func share(_ part: Int, _ whole: Int) -> Double { whole > 0 ? Double(part) / Double(whole) : 0 }

  /// Counts summed, partners forgotten.
  static func + (left: BuildingMatches, right: BuildingMatches) -> BuildingMatches {
    var sum = BuildingMatches()
    sum.truePositives = left.truePositives + right.truePositives
    sum.falsePositives = left.falsePositives + right.falsePositives
    sum.falseNegatives = left.falseNegatives + right.falseNegatives
    return sum
  }
}

/// What bounds the intersection over union of two buildings from above, without looking at their outlines.
private struct Extent {
  let box: PlanarBounds
  private let area: Double

  init(_ building: [PlanarPolygon]) {
    box = building.reduce(into: PlanarBounds()) { $0.include($1.bounds) }
    area = building.reduce(0) { $0 + $1.area }
  }

  /// Whether their intersection over union can be above a limit: they share no more than the smaller has, nor than both
  /// boxes do. Sums of areas are rounded: what is at the limit is looked at.
  func mayExceed(_ limit: Double, with other: Extent) -> Bool {
    let width = min(box.maxX, other.box.maxX) - max(box.minX, other.box.minX)
    let height = min(box.maxY, other.box.maxY) - max(box.minY, other.box.minY)
    let shared = min(area, other.area, max(width, 0) * max(height, 0))
    return shared >= limit * (area + other.area - shared) * (1 - 1e-6)
  }
}

/// Keeps a geometry alive in an array.
private struct GeometryBox {
  let geometry: VectorGeometry
  init(_ geometry: VectorGeometry) { self.geometry = geometry }
}

/// Finds boxes that touch another box: each is listed in the cells of a grid that it touches, but for those of very many.
private struct BoundsIndex {
  private struct Cell: Hashable {
    var row: Int
    var column: Int
  }
  private let boxes: [PlanarBounds]
  private let side: Double
  private var cells: [Cell: [Int]] = [:]
  /// Boxes that are looked at always: large beside the others.
  private var large: [Int] = []
  private var removed: Set<Int> = []

  init(_ boxes: [PlanarBounds]) {
    self.boxes = boxes
    // Cells twice as large as a box is on average.
    let extents = boxes.map { max($0.maxX - $0.minX, $0.maxY - $0.minY) }
    side = max(2 * extents.reduce(0, +) / Double(max(extents.count, 1)), 1e-3)
    for (index, box) in boxes.enumerated() {
      if isLarge(box) {
        large.append(index)
      } else {
        for cell in cells(of: box) { cells[cell, default: []].append(index) }
      }
    }
  }

  /// In ascending order.
  func touching(_ box: PlanarBounds) -> [Int] {
    guard !boxes.isEmpty, !box.isEmpty else { return [] }
    let near = isLarge(box) ? Array(boxes.indices) : cells(of: box).flatMap { cells[$0] ?? [] } + large
    return Set(near).filter { !removed.contains($0) && boxes[$0].intersects(box) }.sorted()
  }

  mutating func remove(_ index: Int) { removed.insert(index) }

  /// Whether a box touches so many cells that going through all boxes is less work.
  private func isLarge(_ box: PlanarBounds) -> Bool {
    !box.isEmpty
      && ((box.maxX - box.minX) / side + 1) * ((box.maxY - box.minY) / side + 1) > Double(4 * boxes.count + 1000)
  }

  private func cells(of box: PlanarBounds) -> [Cell] {
    guard !box.isEmpty else { return [] }
    func range(_ low: Double, _ high: Double) -> ClosedRange<Int> {
      Int((low / side).rounded(.down))...Int((high / side).rounded(.down))
    }
    return range(box.minY, box.maxY).flatMap { row in
      range(box.minX, box.maxX).map { Cell(row: row, column: $0) }
    }
  }
}

/// How well the buildings of one image were found.
package struct BuildingScores: Sendable, Codable, Equatable {
  package var pixels: Confusion
  package var matches: BuildingMatches

  /// - Parameter predicted: without what the truth says nothing of (`BuildingMap.seen`).
  package init(predicted: BuildingMap, truth: BuildingMap, limit: Double = BuildingMatches.limit) {
    pixels = Confusion(predicted: predicted.mask, truth: truth.mask, isHidden: truth.isHidden)
    matches = BuildingMatches(predicted: predicted.buildings, truth: truth.buildings, limit: limit)
  }
}
