import Foundation
import Geometry
import Product
import Raster
import Stacking
import SuperResolution
import TestSupport
import Testing
import Workers

/// What is wrong in one place is within the limits of a whole image: the certificate says where it is.
@Test(arguments: [1, 3]) func theCertificateNamesTheSquareThatAgreesLeast(workers: Int) async throws {
  let folder = try TemporaryFolder()
  let size = RasterSize(rows: 160, columns: 200)
  let even = FloatImage(bands: 3, size: size, pixels: [Float](repeating: 0.2, count: 3 * size.pixelCount))
  let stack = try ViewStack.make(
    [ViewRaster.make(even, name: "anchor", scratch: folder.path)], scratch: folder.path)
  let fine = size.scaled(by: 2)
  var counts = [[UInt16]](repeating: [UInt16](repeating: 2000, count: fine.pixelCount), count: 3)
  // Stripes of two pixels of the anchor, so that neither the bias nor the means of 8 x 8 pixels tell.
  for row in 140..<220 {
    for column in 260..<340 { counts[1][row * fine.columns + column] = (row - 140) / 4 % 2 == 0 ? 2080 : 1920 }
  }
  let spread = PointSpread.sentinel2()
  let written = counts
  let measurement = CertificateMeasurement(stack: stack, pointSpread: spread) {
    { window in
      written.map { band in
        (window.row..<window.endRow).flatMap { row in
          (window.column..<window.endColumn).map { band[row * fine.columns + $0] }
        }
      }
    }
  }
  func certificate(_ rule: ConsistencyRule) async throws -> Certificate {
    try await measurement.measure(
      bandNames: ["B04", "B03", "B02"], rule: rule, clampedSamples: 0, workers: WorkerPool(workers: workers))
  }
  let measured = try await certificate(.sensor)

  let green = FloatImage(bands: 1, size: fine, pixels: counts[1].map { Float($0) / 10_000 })
  let seen = SensorView.apply(green, taps: spread.centredWeights)
  var (sum, squared) = (0.0, 0.0)
  for row in 64..<128 {
    for column in 128..<192 {
      let difference = Double(seen[0, row, column] - 0.2)
      (sum, squared) = (sum + difference, squared + difference * difference)
    }
  }
  #expect(measured.isWithinLimits)
  let squares = try #require(measured.squares)
  #expect(squares.count == 9, "those at the right edge have 512 pixels")
  #expect(squares.outside == 1)
  let worst = squares.worst
  #expect(worst.row == 64 && worst.column == 128 && worst.band == "B03")
  #expect(abs(worst.rmse - (squared / 4096).squareRoot()) < 1e-6 && worst.rmse > Certificate.Limit.rmse)
  #expect(abs(worst.bias - sum / 4096) < 1e-6)
  // By the paper's rule all figures that have limits are those of the 2 x 2 means.
  let boxed = try await certificate(.box)
  #expect(boxed.bands.map(\.rmse) == measured.bands.map(\.boxRMSE))
  #expect(boxed.bands.map(\.bias) == measured.bands.map(\.boxBias))
  #expect(boxed.bands[1].rmse > measured.bands[1].rmse && boxed.squares?.worst.rmse ?? 0 > worst.rmse)
}
