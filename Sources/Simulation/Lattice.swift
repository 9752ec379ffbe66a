/// Patterns that are functions of the position alone, so that any window of a scene can be drawn by itself.
enum Lattice {
  /// Scrambled bits for a lattice point.
  @inline(__always)
  static func hash(_ x: Int32, _ y: Int32, _ salt: UInt32) -> UInt32 {
    var bits = UInt32(bitPattern: x) &* 0x9E37_79B1
    bits ^= (bits >> 15) ^ (UInt32(bitPattern: y) &* 0x85EB_CA77) ^ (salt &* 0xC2B2_AE3D)
    bits = (bits ^ (bits >> 16)) &* 0x7FEB_352D
    bits = (bits ^ (bits >> 15)) &* 0x846C_A68B
    return bits ^ (bits >> 16)
  }

  /// Uniform in 0..<1 for a lattice point.
  @inline(__always)
  static func uniform(_ x: Int32, _ y: Int32, _ salt: UInt32) -> Float { Float(hash(x, y, salt) >> 8) * 0x1p-24 }

  /// Uniform in 0..<1, the `number`-th for the bits `id`.
  @inline(__always)
  static func uniform(_ id: UInt32, _ number: Int32) -> Float { uniform(Int32(bitPattern: id), number, 77) }

  /// Gradient noise, about -1 to 1, features one unit apart.
  @inline(__always)
  static func noise(_ x: Float, _ y: Float, _ salt: UInt32) -> Float {
    let floorX = x.rounded(.down)
    let floorY = y.rounded(.down)
    let (column, row) = (Int32(floorX), Int32(floorY))
    let (u, v) = (x - floorX, y - floorY)
    let (fadeU, fadeV) = (fade(u), fade(v))
    let top = mix(
      slope(hash(column, row, salt), u, v), slope(hash(column &+ 1, row, salt), u - 1, v), fadeU)
    let bottom = mix(
      slope(hash(column, row &+ 1, salt), u, v - 1), slope(hash(column &+ 1, row &+ 1, salt), u - 1, v - 1), fadeU)
    return mix(top, bottom, fadeV)
  }

  /// Noise with detail at every scale: each octave is turned, twice as fine and half as strong.
  @inline(__always)
  static func fractal(_ x: Float, _ y: Float, octaves: Int, _ salt: UInt32) -> Float {
    var (u, v, weight, sum) = (x, y, Float(1), Float(0))
    for octave in 0..<octaves {
      sum += weight * noise(u, v, salt &+ UInt32(octave) &* 131)
      (u, v) = (1.6 * u - 1.2 * v + 7.3, 1.2 * u + 1.6 * v - 3.1)
      weight *= 0.5
    }
    return sum
  }

  /// A cell of an irregular partition of the plane.
  struct Cell {
    var id: UInt32
    /// Its centre.
    var x: Float
    var y: Float
    /// Distance to the border with the next cell.
    var border: Float
  }

  /// The cell that holds a point, of cells about `pitch` across.
  @inline(__always)
  static func cell(_ x: Float, _ y: Float, pitch: Float, jitter: Float, _ salt: UInt32) -> Cell {
    let column = Int32((x / pitch).rounded(.down))
    let row = Int32((y / pitch).rounded(.down))
    var nearest = Cell(id: 0, x: 0, y: 0, border: 0)
    var (first, second) = (Float.infinity, Float.infinity)
    var (nextX, nextY) = (Float(0), Float(0))
    for j in (row &- 1)...(row &+ 1) {
      for i in (column &- 1)...(column &+ 1) {
        let id = hash(i, j, salt)
        let centreX = (Float(i) + 0.5 + jitter * (Float(id & 0xFFFF) / 65_536 - 0.5)) * pitch
        let centreY = (Float(j) + 0.5 + jitter * (Float(id >> 16) / 65_536 - 0.5)) * pitch
        let distance = (x - centreX) * (x - centreX) + (y - centreY) * (y - centreY)
        if distance < first {
          (second, nextX, nextY) = (first, nearest.x, nearest.y)
          first = distance
          nearest = Cell(id: id, x: centreX, y: centreY, border: 0)
        } else if distance < second {
          (second, nextX, nextY) = (distance, centreX, centreY)
        }
      }
    }
    let (dx, dy) = (nextX - nearest.x, nextY - nearest.y)
    nearest.border = (second - first) / (2 * max((dx * dx + dy * dy).squareRoot(), 1e-3))
    return nearest
  }

  @inline(__always)
  static func mix(_ a: Float, _ b: Float, _ share: Float) -> Float { a + (b - a) * share }

  /// 0 below 0, 1 above 1, smooth between.
  @inline(__always)
  static func smooth(_ value: Float) -> Float {
    let t = min(max(value, 0), 1)
    return t * t * (3 - 2 * t)
  }

  @inline(__always)
  private static func fade(_ t: Float) -> Float { t * t * t * (t * (t * 6 - 15) + 10) }

  @inline(__always)
  private static func slope(_ bits: UInt32, _ x: Float, _ y: Float) -> Float {
    let (a, b) = bits & 1 == 0 ? (x, y) : (y, x)
    let first = bits & 2 == 0 ? a : -a
    let second = bits & 4 == 0 ? b : -b
    return first * 1.3 + second * 0.55
  }
}
