private import Foundation

/// A town of the drawn scene: districts with street grids of their own directions, blocks of houses with gardens,
/// closed rows near the middle, parks, halls.
struct Town {
  typealias Reflectance = SIMD4<Float>

  /// Metres between towns.
  static let pitch: Float = 4_300

  /// Above 0 inside the town, near 1 in the middle.
  let strength: Float
  private let id: UInt32

  /// The town nearest to a point.
  static func at(_ point: SIMD2<Float>, _ salt: UInt32) -> Town {
    let cell = Lattice.cell(point.x, point.y, pitch: pitch, jitter: 0.5, salt &+ 11)
    let radius = 750 + 550 * Lattice.uniform(cell.id, 1)
    let distance = SIMD2(point.x - cell.x, point.y - cell.y)
    let fringe = 0.2 * Lattice.noise(point.x / 240, point.y / 240, salt &+ 41)
    return Town(strength: 1 - (distance * distance).sum().squareRoot() / radius + fringe, id: cell.id)
  }

  func colour(at point: SIMD2<Float>, salt: UInt32) -> Reflectance {
    let district = Lattice.cell(point.x, point.y, pitch: 460, jitter: 0.85, salt &+ 42)
    let angle = Lattice.uniform(id, 2) * Float.pi + 0.9 * (Lattice.uniform(district.id, 3) - 0.5)
    let axis = SIMD2(cos(angle), sin(angle))
    let offset = SIMD2(point.x - district.x, point.y - district.y)
    let u = axis.x * offset.x + axis.y * offset.y
    let v = axis.x * offset.y - axis.y * offset.x
    let sun = SIMD2(
      axis.x * DrawnScene.sun.x + axis.y * DrawnScene.sun.y, axis.x * DrawnScene.sun.y - axis.y * DrawnScene.sun.x)

    let isWorks = Lattice.uniform(district.id, 4) < 0.16 && strength < 0.55
    let width = (isWorks ? 150 : 86) + 44 * Lattice.uniform(district.id, 5)
    let depth = (isWorks ? 105 : 60) + 22 * Lattice.uniform(district.id, 6)
    let column = Int32((u / width).rounded(.down))
    let row = Int32((v / depth).rounded(.down))
    let (inU, inV) = (u - Float(column) * width, v - Float(row) * depth)
    let street = min(min(inU, width - inU), min(inV, depth - inV)) - (isWorks ? 6 : 4.2)
    let avenue = district.border - 8

    let block = Block(
      id: Lattice.hash(column, row, district.id), size: SIMD2(width, depth), strength: strength, isWorks: isWorks)
    var colour = block.colour(SIMD2(inU, inV), point: point, sun: sun, salt: salt)
    // Pavements, then the streets themselves; avenues have trees.
    colour += (Ground.paving - colour) * Ground.coverage(street - 2)
    colour += (Ground.asphalt - colour) * Ground.coverage(street)
    let trees = Ground.coverage(abs(avenue - 3.5) - 3)
    if trees > 0, Lattice.noise(point.x / 17, point.y / 17, salt &+ 43) > -0.15 {
      colour += (Ground.canopy(point, salt) - colour) * trees
    }
    return colour + (Ground.asphalt * 1.05 - colour) * Ground.coverage(avenue)
  }
}

/// One block between streets.
private struct Block {
  typealias Reflectance = SIMD4<Float>
  let id: UInt32
  let size: SIMD2<Float>
  let strength: Float
  let isWorks: Bool

  func colour(_ inside: SIMD2<Float>, point: SIMD2<Float>, sun: SIMD2<Float>, salt: UInt32) -> Reflectance {
    let kind = Lattice.uniform(id, 1)
    if kind < 0.07 { return park(point, salt) }
    let green = Lattice.smooth(0.5 + 1.4 * Lattice.noise(point.x / 14, point.y / 14, salt &+ 44))
    var ground = Ground.garden + (Ground.canopy(point, salt) - Ground.garden) * green
    if isWorks || kind < 0.13 {
      ground = Ground.concrete * (0.8 + 0.3 * Lattice.uniform(id, 2))
      return hall(inside, ground, sun)
    }
    let closed = strength > 0.52
    if closed { ground += (Ground.paving - ground) * 0.62 }
    return houses(inside, ground, sun, isClosed: closed)
  }

  private func park(_ point: SIMD2<Float>, _ salt: UInt32) -> Reflectance {
    let trees = Lattice.smooth(0.4 + 2.2 * Lattice.noise(point.x / 38, point.y / 38, salt &+ 45))
    return Ground.grass + (Ground.canopy(point, salt) - Ground.grass) * trees
  }

  /// One or two large flat roofs.
  private func hall(_ inside: SIMD2<Float>, _ ground: Reflectance, _ sun: SIMD2<Float>) -> Reflectance {
    let parts: Float = Lattice.uniform(id, 3) < 0.5 ? 1 : 2
    let width = size.x / parts
    let part = (inside.x / width).rounded(.down)
    let half = SIMD2(width * (0.27 + 0.1 * Lattice.uniform(id, 4)), size.y * (0.24 + 0.08 * Lattice.uniform(id, 5)))
    let local = SIMD2(inside.x - (part + 0.5) * width, inside.y - size.y / 2)
    let shade = Ground.coverage(outside(local + sun * 9, half))
    let roof = Ground.roofs[[4, 3, 7, 4, 5][Int(Lattice.hash(Int32(part), 6, id) >> 9) % 5]]
    let rib = 1 + 0.05 * sine(local.x / 2.1)
    let lit = ground * (1 - 0.5 * shade)
    return lit + (roof * rib - lit) * Ground.coverage(outside(local, half))
  }

  /// Two rows of plots, back to back, each with its house towards the street.
  private func houses(_ inside: SIMD2<Float>, _ ground: Reflectance, _ sun: SIMD2<Float>, isClosed: Bool)
    -> Reflectance
  {
    let street: Float = 5.5
    let length = size.x - 2 * street
    let count = max((length / (isClosed ? 14 : 23)).rounded(), 2)
    let plot = length / count
    let number = ((inside.x - street) / plot).rounded(.down)
    let isBack = inside.y > size.y / 2
    let house = Lattice.hash(Int32(number), isBack ? 1 : 0, id)
    if !isClosed, Lattice.uniform(house, 1) < 0.08 { return ground }
    let half = SIMD2(
      isClosed ? plot * 0.49 : plot * (0.27 + 0.12 * Lattice.uniform(house, 2)),
      isClosed ? 6 + 1.5 * Lattice.uniform(house, 3) : 4.6 + 2.2 * Lattice.uniform(house, 3))
    let setback = half.y + street + (isClosed ? 0.5 : 3.5 + 4 * Lattice.uniform(house, 4))
    let fromStreet = isBack ? size.y - inside.y : inside.y
    let side: Float = isBack ? -1 : 1
    let local = SIMD2(inside.x - street - (number + 0.5) * plot, fromStreet - setback)
    let shade = Ground.coverage(outside(local + SIMD2(sun.x, sun.y * side) * 5, half))
    // The roof's two faces: the one towards the sun is the brighter.
    let face = min(max(local.y / 2.5, -1), 1) * side * sun.y
    var palette = Int(house >> 7) % 11
    palette = palette >= Ground.roofs.count ? palette - Ground.roofs.count : palette
    let roof = Ground.roofs[palette] * (0.9 + 0.2 * Lattice.uniform(house, 5)) * (1 + 0.2 * face)
    let lit = ground * (1 - 0.5 * shade)
    return lit + (roof - lit) * Ground.coverage(outside(local, half))
  }

  /// Signed distance to a rectangle around the origin, metres (negative inside).
  private func outside(_ point: SIMD2<Float>, _ half: SIMD2<Float>) -> Float {
    max(abs(point.x) - half.x, abs(point.y) - half.y)
  }
}
