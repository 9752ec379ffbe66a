internal import Geometry

/// A landscape drawn from a seed: a town with its streets and roofs, fields, woods, a river and roads.
///
/// Every pixel is a function of its position alone, so that any window can be drawn by itself. Reflectances are in
/// the order red, green, blue, near infrared.
struct DrawnScene: Sendable {
  typealias Reflectance = SIMD4<Float>

  /// Side of a fine pixel, metres; edges are softened over about this width.
  static let pixelSide: Float = 5
  /// Direction to the sun (east, south): late morning, northern hemisphere.
  static let sun = SIMD2<Float>(0.64, 0.77)

  let salt: UInt32
  private let shift: SIMD2<Float>
  let river: Winding
  let motorway: Winding

  /// - Parameter size: of the fine raster; a town lies near its middle.
  init(seed: UInt64, size: RasterSize) {
    var stream = RandomStream(seed: seed, purpose: 1)
    salt = UInt32(truncatingIfNeeded: stream.next())
    let middle = SIMD2(Float(size.columns), Float(size.rows)) * Self.pixelSide / 2
    let base = SIMD2<Float>(40_000, 40_000)
    let town = Lattice.cell(base.x, base.y, pitch: Town.pitch, jitter: 0.5, salt &+ 11)
    let home = SIMD2(town.x + 260, town.y + 180)
    shift = home - middle
    river = Winding(through: home + SIMD2(0, 330), spacing: 9_000, salt: salt &+ 12)
    motorway = Winding(through: SIMD2(home.y, home.x - 1_150), spacing: 15_000, salt: salt &+ 13)
  }

  /// Reflectance of the fine pixel.
  func reflectance(row: Int, column: Int) -> Reflectance {
    let centre = SIMD2(Float(column) + 0.5, Float(row) + 0.5) * Self.pixelSide + shift
    // Bent a little, so that nothing is ruler-straight over kilometres.
    let bend = SIMD2(
      Lattice.noise(centre.x / 760, centre.y / 760, salt &+ 1),
      Lattice.noise(centre.x / 760, centre.y / 760, salt &+ 2))
    let point = centre + 40 * bend

    let water = river.distance(along: point.x, across: point.y)
    let riverHalfWidth = 27 + 9 * Lattice.noise(point.x / 420, 0.5, salt &+ 3)
    if water < riverHalfWidth - 8 { return finish(overMotorway(point, overWater(point)), centre) }

    var colour: Reflectance
    let town = Town.at(point, salt)
    if town.strength > 0 {
      colour = town.colour(at: point, salt: salt)
    } else {
      colour = country(point, edgeOfTown: town.strength)
    }
    if water < riverHalfWidth + 30 {
      let trees = Lattice.smooth((water - riverHalfWidth) / 5) * Lattice.smooth((riverHalfWidth + 26 - water) / 8)
      if Lattice.noise(point.x / 55, point.y / 55, salt &+ 4) > -0.25 {
        colour = blend(colour, Ground.canopy(point, salt), trees)
      }
      colour = blend(colour, overWater(point), edge(water - riverHalfWidth))
    }
    return finish(overMotorway(point, colour), centre)
  }

  /// Fields, woods and lanes.
  private func country(_ point: SIMD2<Float>, edgeOfTown: Float) -> Reflectance {
    let region = Lattice.cell(point.x, point.y, pitch: 1_500, jitter: 0.9, salt &+ 21)
    let wood = Lattice.fractal(point.x / 1_500, point.y / 1_500, octaves: 4, salt &+ 22) - 0.38 - 0.2 * edgeOfTown
    var colour =
      wood > 0
      ? Ground.canopy(point, salt) : Ground.field(point, region: region, salt: salt)
    if wood > -0.03, wood <= 0 { colour = blend(colour, Ground.canopy(point, salt), Lattice.smooth(1 + wood / 0.03)) }
    // Country roads run along the borders of the regions.
    colour = blend(colour, Ground.verge, edge(region.border - 8))
    return blend(colour, Ground.asphalt, edge(region.border - 4))
  }

  private func overWater(_ point: SIMD2<Float>) -> Reflectance {
    let murk = 1 + 0.25 * Lattice.noise(point.x / 190, point.y / 70, salt &+ 5)
    return Ground.water * murk
  }

  /// Two carriageways with a green strip between, on embankments, over the river too.
  private func overMotorway(_ point: SIMD2<Float>, _ colour: Reflectance) -> Reflectance {
    let distance = motorway.distance(along: point.y, across: point.x)
    guard distance < 40 else { return colour }
    var result = blend(colour, Ground.grass, edge(distance - 22))
    result = blend(result, Ground.asphalt * 1.15, edge(abs(distance - 9) - 5.5))
    return result
  }

  /// Fine irregularity that no patch of ground is without.
  private func finish(_ colour: Reflectance, _ centre: SIMD2<Float>) -> Reflectance {
    let broad = 0.05 * Lattice.noise(centre.x / 310, centre.y / 310, salt &+ 6)
    let grain = 0.035 * Lattice.noise(centre.x / 8.3, centre.y / 8.3, salt &+ 7)
    return colour * (1 + broad + grain)
  }

  private func blend(_ below: Reflectance, _ above: Reflectance, _ share: Float) -> Reflectance {
    below + (above - below) * share
  }

  private func edge(_ distance: Float) -> Float { Ground.coverage(distance) }
}

/// A line that winds through the country, repeated at a wide spacing: a river or a motorway.
struct Winding: Sendable {
  private let start: SIMD2<Float>
  private let spacing: Float
  private let phases: SIMD2<Float>
  private let level: Float

  /// - Parameter point: along and across; the line passes through it.
  init(through point: SIMD2<Float>, spacing: Float, salt: UInt32) {
    start = point
    self.spacing = spacing
    phases = SIMD2(Lattice.uniform(salt, 1), Lattice.uniform(salt, 2)) * 2 * Float.pi
    level = Self.sway(0, phases).offset
  }

  /// Metres from the line's middle.
  func distance(along: Float, across: Float) -> Float {
    let (offset, slope) = Self.sway(along - start.x, phases)
    let aside = across - start.y - offset + level
    let nearest = aside - (aside / spacing).rounded() * spacing
    return abs(nearest) / (1 + slope * slope).squareRoot()
  }

  private static func sway(_ along: Float, _ phases: SIMD2<Float>) -> (offset: Float, slope: Float) {
    let (short, long) = (along / 490 + phases.x, along / 1_650 + phases.y)
    return (130 * sine(short) + 430 * sine(long), 130 / 490 * sine(short + 1.5708) + 430 / 1_650 * sine(long + 1.5708))
  }
}
