private import Foundation
internal import Geometry

/// From a whole shift to parts of a pixel.
extension ShiftEstimator {
  /// Gauss-Newton on a(p) = gain x b(p + shift) + offset, the gradient taken from both images.
  static func refine(_ a: [Float], _ b: [Float], _ size: RasterSize, from start: (Int, Int)) -> Shift? {
    var shift = Shift(rows: Double(start.0), columns: Double(start.1))
    let margin = farthest + 3
    for _ in 0..<12 {
      // Normal equations for (rows, columns, gain, offset).
      var matrix = [Double](repeating: 0, count: 16)
      var vector = [Double](repeating: 0, count: 4)
      var count = 0
      for row in margin..<(size.rows - margin) {
        for column in margin..<(size.columns - margin) {
          guard
            let centre = sample(b, size, Double(row) + shift.rows, Double(column) + shift.columns),
            let up = sample(b, size, Double(row - 1) + shift.rows, Double(column) + shift.columns),
            let down = sample(b, size, Double(row + 1) + shift.rows, Double(column) + shift.columns),
            let left = sample(b, size, Double(row) + shift.rows, Double(column - 1) + shift.columns),
            let right = sample(b, size, Double(row) + shift.rows, Double(column + 1) + shift.columns)
          else { continue }
          let value = a[row * size.columns + column]
          guard value.isFinite else { continue }
          let terms = [Double(down - up) / 2, Double(right - left) / 2, Double(centre), 1]
          let target = Double(value)
          for i in 0..<4 {
            for j in 0..<4 { matrix[4 * i + j] += terms[i] * terms[j] }
            vector[i] += terms[i] * target
          }
          count += 1
        }
      }
      guard count >= 100, let solution = solve(matrix, vector), solution[2] > 0.1 else { return nil }
      let step = Shift(rows: solution[0] / solution[2], columns: solution[1] / solution[2])
      guard step.length.isFinite else { return nil }
      let scale = min(1, 1 / max(step.length, 1e-9))
      shift.rows += scale * step.rows
      shift.columns += scale * step.columns
      guard abs(shift.rows) <= Double(farthest) + 1, abs(shift.columns) <= Double(farthest) + 1 else { return nil }
      if step.length < 0.002 { break }
    }
    return shift
  }

  /// Cubic interpolation (Catmull-Rom); nil where a neighbour cannot be used.
  static func sample(_ image: [Float], _ size: RasterSize, _ row: Double, _ column: Double) -> Float? {
    let (r, c) = (Int(row.rounded(.down)), Int(column.rounded(.down)))
    guard r >= 1, c >= 1, r + 2 < size.rows, c + 2 < size.columns else { return nil }
    let (wr, wc) = (cubic(Float(row - Double(r))), cubic(Float(column - Double(c))))
    var sum: Float = 0
    for i in 0..<4 {
      let start = (r - 1 + i) * size.columns + c - 1
      sum +=
        wr[i] * (wc[0] * image[start] + wc[1] * image[start + 1] + wc[2] * image[start + 2] + wc[3] * image[start + 3])
    }
    return sum.isFinite ? sum : nil
  }

  static func cubic(_ t: Float) -> SIMD4<Float> {
    let (t2, t3) = (t * t, t * t * t)
    return SIMD4(-t + 2 * t2 - t3, 2 - 5 * t2 + 3 * t3, t + 4 * t2 - 3 * t3, t3 - t2) * 0.5
  }

  /// Gaussian elimination of a 4 x 4 system; nil where it is singular.
  static func solve(_ matrix: [Double], _ vector: [Double]) -> [Double]? {
    var m = matrix
    var v = vector
    for pivot in 0..<4 {
      let row = (pivot..<4).max { abs(m[4 * $0 + pivot]) < abs(m[4 * $1 + pivot]) } ?? pivot
      guard abs(m[4 * row + pivot]) > 1e-12 else { return nil }
      if row != pivot {
        for column in 0..<4 { m.swapAt(4 * row + column, 4 * pivot + column) }
        v.swapAt(row, pivot)
      }
      for below in (pivot + 1)..<4 {
        let factor = m[4 * below + pivot] / m[4 * pivot + pivot]
        for column in pivot..<4 { m[4 * below + column] -= factor * m[4 * pivot + column] }
        v[below] -= factor * v[pivot]
      }
    }
    for row in stride(from: 3, through: 0, by: -1) {
      for column in (row + 1)..<4 { v[row] -= m[4 * row + column] * v[column] }
      v[row] /= m[4 * row + row]
    }
    return v
  }
}
