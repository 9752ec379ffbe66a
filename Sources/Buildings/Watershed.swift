package import Geometry

/// Divides one connected area of building pixels into single buildings.
package enum Watershed {
  /// A building's pixels.
  package struct Part: Sendable, Equatable {
    /// The smallest one around them, inside the component's window.
    package var window: PixelWindow
    /// 1 on the building's pixels, row by row over `window`.
    package var mask: [UInt8]
    package var area: Int
    /// Probability x 10000, summed over the pixels.
    package var sum: Int
    /// Its number among all parts, from 1.
    package var number: Int32
  }

  /// What a component is divided into.
  package struct Division: Sendable {
    /// By their first seed pixel; none at all without a seed.
    package var parts: [Part] = []
    /// Parts of too few pixels.
    package var tooSmall = 0
    /// Number of the part that each pixel of the component's window belongs to, also of those that are too small; 0 for
    /// none.
    package var labels: [Int32] = []
  }

  /// - Parameters:
  ///   - component: connected; its window is the size of `building`.
  ///   - building: probability x 10000 of every pixel of the window, row by row.
  ///   - separation: the same of the class separation; empty where there is none.
  ///   - smallest: parts of fewer pixels are counted alone: a map of low probabilities may have very many.
  package static func divide(
    _ component: Component, building: [UInt16], separation: [UInt16], rule: InstanceRule, smallest: Int = 1
  ) -> Division {
    let (rows, columns) = (component.window.rows, component.window.columns)
    let inside = flood(component, building, threshold: ProbabilityRaster.count(rule.threshold))
    var labels = [Int32](repeating: 0, count: building.count)
    var seeds: [Int] = []
    // Seeds, labelled in the order of their first pixels.
    func isSeed(_ pixel: Int) -> Bool {
      guard inside[pixel] != 0 else { return false }
      let p = Double(building[pixel]) * ProbabilityRaster.scale
      let q = separation.isEmpty ? 0 : Double(separation[pixel]) * ProbabilityRaster.scale
      return p * (1 - rule.separationWeight * q) > rule.seed
    }
    var count: Int32 = 0
    var stack: [Int] = []
    for pixel in building.indices where labels[pixel] == 0 && isSeed(pixel) {
      count += 1
      labels[pixel] = count
      stack.append(pixel)
      while let next = stack.popLast() {
        forNeighbours(of: next, rows, columns) { neighbour in
          if labels[neighbour] == 0, isSeed(neighbour) {
            labels[neighbour] = count
            stack.append(neighbour)
          }
        }
      }
    }
    guard count > 0 else { return Division(labels: labels) }
    for pixel in building.indices where labels[pixel] != 0 { seeds.append(pixel) }
    grow(&labels, from: seeds, inside: inside, building: building, rows, columns)
    let (parts, tooSmall) = cut(labels, count: Int(count), building, columns, smallest: smallest)
    return Division(parts: parts, tooSmall: tooSmall, labels: labels)
  }

  /// Each label's pixels in a window of their own: together they take little more than the component.
  private static func cut(
    _ labels: [Int32], count: Int, _ building: [UInt16], _ columns: Int, smallest: Int
  ) -> (parts: [Part], tooSmall: Int) {
    var parts = [Part](
      repeating: Part(
        window: PixelWindow(row: .max, column: .max, rows: 0, columns: 0), mask: [], area: 0, sum: 0, number: 0),
      count: count)
    for index in parts.indices { parts[index].number = Int32(index + 1) }
    for pixel in labels.indices where labels[pixel] != 0 {
      let index = Int(labels[pixel]) - 1
      parts[index].area += 1
      parts[index].sum += Int(building[pixel])
      parts[index].window.include(row: pixel / columns, column: pixel % columns)
    }
    for index in parts.indices where parts[index].area >= smallest {
      let window = parts[index].window
      parts[index].mask = [UInt8](repeating: 0, count: window.pixelCount)
      for row in 0..<window.rows {
        let start = (window.row + row) * columns + window.column
        for column in 0..<window.columns where labels[start + column] == Int32(index + 1) {
          parts[index].mask[row * window.columns + column] = 1
        }
      }
    }
    let large = parts.filter { $0.area >= smallest }
    return (large, parts.count - large.count)
  }

  /// The component's own pixels: others may lie in its window.
  private static func flood(_ component: Component, _ building: [UInt16], threshold: Double) -> [UInt8] {
    let window = component.window
    var inside = [UInt8](repeating: 0, count: building.count)
    let first = (component.row - window.row) * window.columns + component.column - window.column
    inside[first] = 1
    var stack = [first]
    while let next = stack.popLast() {
      forNeighbours(of: next, window.rows, window.columns) { neighbour in
        if inside[neighbour] == 0, ProbabilityRaster.isBuilding(building[neighbour], threshold: threshold) {
          inside[neighbour] = 1
          stack.append(neighbour)
        }
      }
    }
    return inside
  }

  /// Floods from the highest probability down; equals in the order in which they were reached.
  private static func grow(
    _ labels: inout [Int32], from seeds: [Int], inside: [UInt8], building: [UInt16], _ rows: Int, _ columns: Int
  ) {
    var heap = Heap<Front>()
    var age: UInt64 = 0
    func push(_ pixel: Int) {
      heap.push(Front(key: UInt64(UInt16.max - building[pixel]) << 48 | age, pixel: pixel))
      age += 1
    }
    for pixel in seeds { push(pixel) }
    while let front = heap.pop() {
      forNeighbours(of: front.pixel, rows, columns) { neighbour in
        guard inside[neighbour] != 0, labels[neighbour] == 0 else { return }
        labels[neighbour] = labels[front.pixel]
        push(neighbour)
      }
    }
  }

  private struct Front: Comparable {
    /// Higher probabilities first, then earlier ones.
    var key: UInt64
    var pixel: Int
    static func < (left: Front, right: Front) -> Bool { left.key < right.key }
  }

  @inline(__always)
  private static func forNeighbours(of pixel: Int, _ rows: Int, _ columns: Int, _ body: (Int) -> Void) {
    let (row, column) = (pixel / columns, pixel % columns)
    if row > 0 { body(pixel - columns) }
    if column > 0 { body(pixel - 1) }
    if column + 1 < columns { body(pixel + 1) }
    if row + 1 < rows { body(pixel + columns) }
  }
}

extension PixelWindow {
  /// Grows to hold a pixel; an empty window begins with it. Pixels come row by row.
  fileprivate mutating func include(row: Int, column: Int) {
    guard rows > 0 else {
      self = PixelWindow(row: row, column: column, rows: 1, columns: 1)
      return
    }
    let (left, right) = (min(self.column, column), max(endColumn, column + 1))
    self = PixelWindow(row: self.row, column: left, rows: row + 1 - self.row, columns: right - left)
  }
}
