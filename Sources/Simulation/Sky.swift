internal import Geometry

/// What lies between the ground and the sensor on one date: clouds, their shadows, a veil.
struct Sky: Sendable {
  private let salt: UInt32
  /// Low-resolution pixels of the largest cloud features.
  private let scale: Float
  private let hasClouds: Bool
  /// Cloud field above which there is cloud.
  private let threshold: Float
  /// Shadow of a pixel: the cloud this far towards the sun, low-resolution pixels (rows down, columns right).
  private let towardsSun: (row: Float, column: Float)
  private let haze: Float

  init(_ revisit: Revisit, size: RasterSize) {
    let salt = UInt32(truncatingIfNeeded: revisit.seed >> 7)
    let scale = min(170, max(32, Float(min(size.rows, size.columns)) / 3))
    self.salt = salt
    self.scale = scale
    haze = revisit.haze
    hasClouds = revisit.cloudShare > 0
    let height = 0.25 + 0.2 * Lattice.uniform(salt, 1)
    towardsSun = (height * scale * DrawnScene.sun.y, height * scale * DrawnScene.sun.x)
    threshold = hasClouds ? Self.quantile(1 - revisit.cloudShare, of: size, scale: scale, salt: salt) : .infinity
  }

  /// Opacity of cloud at a 10 m position, and the value that classification goes by: above 0 it is cloud.
  func cloud(row: Float, column: Float) -> (opacity: Float, excess: Float) {
    guard hasClouds else { return (0, -1) }
    let excess = (Self.field(row, column, scale: scale, salt: salt) - threshold) / 0.16
    return (Lattice.smooth(excess * 0.8 + 0.12), excess)
  }

  /// How much of the direct light a cloud takes away, 0 to 1.
  func shadow(row: Float, column: Float) -> Float {
    hasClouds ? cloud(row: row + towardsSun.row, column: column + towardsSun.column).opacity : 0
  }

  /// Reflectance of the cloud top; the same in every band but for a touch of blue missing.
  func cloudTop(row: Float, column: Float, opacity: Float) -> Float {
    0.34 + 0.3 * opacity + 0.09 * Lattice.fractal(row / 14, column / 14, octaves: 3, salt &+ 5)
  }

  /// The veil's reflectance in blue.
  func veil(row: Float, column: Float) -> Float {
    haze == 0 ? 0 : haze * max(0.55 + 0.6 * Lattice.noise(row / 420 + 0.3, column / 420 + 0.6, salt &+ 6), 0)
  }

  /// Share of the veil that reaches each band, red, green, blue, near infrared: short waves scatter most.
  static let veilByBand: [Float] = [0.55, 0.75, 1, 0.3]

  /// What shadow leaves of the reflectance in each band: skylight is blue.
  static let shadeByBand: [Float] = [0.38, 0.42, 0.5, 0.36]

  private static func field(_ row: Float, _ column: Float, scale: Float, salt: UInt32) -> Float {
    Lattice.fractal(column / scale, row / scale, octaves: 6, salt) + 0.5
      * Lattice.noise(column / 1_900 + 0.4, row / 1_900 + 0.7, salt &+ 9)
  }

  /// The value that a share of the field stays below, from a coarse sample.
  private static func quantile(_ share: Double, of size: RasterSize, scale: Float, salt: UInt32) -> Float {
    let steps = RasterSize(rows: min(size.rows, 220), columns: min(size.columns, 220))
    var values: [Float] = []
    values.reserveCapacity(steps.pixelCount)
    for row in 0..<steps.rows {
      for column in 0..<steps.columns {
        let y = (Float(row) + 0.5) * Float(size.rows) / Float(steps.rows)
        let x = (Float(column) + 0.5) * Float(size.columns) / Float(steps.columns)
        values.append(field(y, x, scale: scale, salt: salt))
      }
    }
    values.sort()
    return values[min(max(Int(share * Double(values.count)), 0), values.count - 1)]
  }
}
