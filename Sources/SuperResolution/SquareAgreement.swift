private import Geometry
internal import Product
internal import Raster

/// How single squares of an image agree with its anchor. What is wrong in one place alone hardly shows in the figures of
/// a whole image.
struct SquareAgreement: Sendable {
  private(set) var squares: Certificate.Squares?

  /// Fewest compared pixels of a square that counts.
  private static let fewestCompared = Certificate.Squares.side * Certificate.Squares.side / 4

  /// - Parameters:
  ///   - seen: a window whose row and column are multiples of a square's side, `row` and `column` those of the raster.
  ///   - rule: whose view is compared; `.none` takes the sensor's.
  mutating func add(_ seen: AnchorComparison, row: Int, column: Int, bandNames: [String], rule: ConsistencyRule) {
    let (size, side) = (seen.anchor.size, Certificate.Squares.side)
    for top in stride(from: 0, to: size.rows, by: side) {
      for left in stride(from: 0, to: size.columns, by: side) {
        let pixels = (top..<min(top + side, size.rows)).flatMap { row in
          (left..<min(left + side, size.columns)).map { row * size.columns + $0 }.filter { seen.isCompared[$0] }
        }
        guard pixels.count >= Self.fewestCompared else { continue }
        add(Self.worstBand(seen, pixels, bandNames, rule, row: row + top, column: column + left))
      }
    }
  }

  /// Adds what another one knows, of rows farther down.
  mutating func add(_ other: SquareAgreement) {
    guard let more = other.squares else { return }
    guard var sum = squares else {
      squares = more
      return
    }
    sum.count += more.count
    sum.outside += more.outside
    if more.worst.excess > sum.worst.excess { sum.worst = more.worst }
    squares = sum
  }

  private mutating func add(_ square: Certificate.Squares.Square) {
    var one = SquareAgreement()
    one.squares = Certificate.Squares(count: 1, outside: square.excess > 1 ? 1 : 0, worst: square)
    add(one)
  }

  /// The square as its band has it that is farthest beyond the limits, or nearest to them.
  private static func worstBand(
    _ seen: AnchorComparison, _ pixels: [Int], _ names: [String], _ rule: ConsistencyRule, row: Int, column: Int
  ) -> Certificate.Squares.Square {
    let modelled = rule == .box ? seen.box : seen.sensor
    let plane = seen.anchor.size.pixelCount
    let bands = names.enumerated().map { band, name in
      var (sum, squared) = (0.0, 0.0)
      for pixel in pixels {
        let difference =
          Double(modelled.pixels[band * plane + pixel]) - Double(seen.anchor.pixels[band * plane + pixel])
        sum += difference
        squared += difference * difference
      }
      let count = Double(pixels.count)
      return Certificate.Squares.Square(
        row: row, column: column, band: name, rmse: (squared / count).squareRoot(), bias: sum / count)
    }
    return bands.reduce(bands[0]) { $1.excess > $0.excess ? $1 : $0 }
  }
}
