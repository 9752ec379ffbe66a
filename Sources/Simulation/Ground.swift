private import Foundation

/// Surfaces of the drawn scene: their reflectances (red, green, blue, near infrared) and textures.
///
/// The values are rounded means of what Sentinel-2 sees over Europe in late spring.
enum Ground {
  typealias Reflectance = SIMD4<Float>

  static let asphalt = Reflectance(0.098, 0.090, 0.080, 0.135)
  static let concrete = Reflectance(0.205, 0.185, 0.158, 0.245)
  static let paving = Reflectance(0.145, 0.130, 0.112, 0.185)
  static let verge = Reflectance(0.105, 0.102, 0.066, 0.27)
  static let grass = Reflectance(0.052, 0.078, 0.038, 0.38)
  static let garden = Reflectance(0.062, 0.078, 0.045, 0.31)
  static let water = Reflectance(0.026, 0.041, 0.032, 0.014)
  static let track = Reflectance(0.190, 0.160, 0.115, 0.27)

  /// Terracotta (often), slate, light and dark flat roofs, painted metal.
  static let roofs: [Reflectance] = [
    Reflectance(0.225, 0.125, 0.082, 0.300), Reflectance(0.190, 0.110, 0.075, 0.265),
    Reflectance(0.260, 0.155, 0.105, 0.330), Reflectance(0.095, 0.090, 0.088, 0.120),
    Reflectance(0.350, 0.335, 0.310, 0.390), Reflectance(0.060, 0.056, 0.052, 0.085),
    Reflectance(0.205, 0.115, 0.078, 0.280), Reflectance(0.135, 0.160, 0.175, 0.190),
  ]

  /// Bare soils, stubble, cereals, maize, meadow, rapeseed, clover.
  private static let crops: [Reflectance] = [
    Reflectance(0.155, 0.112, 0.079, 0.225), Reflectance(0.098, 0.074, 0.054, 0.150),
    Reflectance(0.195, 0.128, 0.080, 0.260), Reflectance(0.215, 0.172, 0.110, 0.300),
    Reflectance(0.036, 0.066, 0.031, 0.450), Reflectance(0.088, 0.090, 0.056, 0.300),
    Reflectance(0.054, 0.080, 0.039, 0.400), Reflectance(0.118, 0.132, 0.044, 0.430),
    Reflectance(0.031, 0.058, 0.026, 0.480), Reflectance(0.042, 0.071, 0.034, 0.420),
  ]

  /// Share of a pixel inside an edge, from the signed distance to it (negative inside), metres.
  @inline(__always)
  static func coverage(_ distance: Float) -> Float {
    min(max(0.5 - distance / DrawnScene.pixelSide, 0), 1)
  }

  /// Tree tops: crowns of about 10 m, lit from one side, over a slow change of species.
  static func canopy(_ point: SIMD2<Float>, _ salt: UInt32) -> Reflectance {
    let crown = Lattice.cell(point.x, point.y, pitch: 11, jitter: 0.9, salt &+ 31)
    let lit = ((point.x - crown.x) * DrawnScene.sun.x + (point.y - crown.y) * DrawnScene.sun.y) / 11
    let light = 0.85 + 0.35 * Lattice.uniform(crown.id, 1) + 0.55 * lit
    let species = Lattice.smooth(0.5 + Lattice.noise(point.x / 230, point.y / 230, salt &+ 32))
    let leaves =
      Reflectance(0.026, 0.046, 0.024, 0.31) * species + Reflectance(0.019, 0.033, 0.019, 0.215) * (1 - species)
    return leaves * max(light, 0.45)
  }

  /// A parcel of one crop, with rows, tramlines, patchy growth, and a hedge or a track at its edge.
  static func field(_ point: SIMD2<Float>, region: Lattice.Cell, salt: UInt32) -> Reflectance {
    let angle = Lattice.uniform(region.id, 1) * Float.pi
    let (cosine, sine) = (cos(angle), sin(angle))
    let (dx, dy) = (point.x - region.x, point.y - region.y)
    let (u, v) = (cosine * dx + sine * dy, cosine * dy - sine * dx)
    let height = 110 + 120 * Lattice.uniform(region.id, 2)
    let band = Int32((v / height).rounded(.down))
    let length = 170 + 300 * Lattice.uniform(band, 3, region.id)
    let position = u + length * Lattice.uniform(band, 4, region.id)
    let parcel = Int32((position / length).rounded(.down))
    let id = Lattice.hash(parcel, band, region.id)

    let inV = v - Float(band) * height
    let inU = position - Float(parcel) * length
    let margin = min(min(inV, height - inV), min(inU, length - inU))
    let along = id & 1 == 0 ? v : u
    let period = 11 + 13 * Lattice.uniform(id, 5)
    let rows = 0.075 * Lattice.uniform(id, 6) * sineWave(along / period)
    let tramline = coverage(abs(along - (along / 27).rounded() * 27) - 1.1) * 0.16
    let patches = 0.16 * Lattice.fractal(point.x / 85, point.y / 85, octaves: 3, salt &+ 33)
    var colour = crops[Int(id >> 8) % crops.count] * (0.88 + 0.24 * Lattice.uniform(id, 7))
    colour *= 1 + rows + patches - tramline
    let border = Lattice.uniform(id, 8)
    if border < 0.35 {
      colour += (canopy(point, salt) - colour) * coverage(margin - 5)
    } else {
      colour += ((border < 0.7 ? track : verge) - colour) * coverage(margin - 2.2)
    }
    return colour
  }

  private static func sineWave(_ turns: Float) -> Float { sin(turns * 2 * Float.pi) }
}

/// `sin` for modules' own use without importing Foundation in each file.
@inline(__always)
func sine(_ angle: Float) -> Float { sin(angle) }
