internal import Foundation
internal import Geometry
internal import Kernels
package import Networks
internal import Raster
package import Workers

/// What `supertile bench --input` measures: the network on a stack of somebody else's, for comparison with other engines.
package struct StackFigures: Codable, Sendable {
  package var kernel: String
  package var workers: Int
  package var windowsPerRound: Int
  /// Of rounds in which every worker computes the window once.
  package var roundSeconds: [Double]
  package var fmaPeakGflops: Double

  enum CodingKeys: String, CodingKey {
    case kernel, workers
    case windowsPerRound = "windows_per_round"
    case roundSeconds = "round_seconds"
    case fmaPeakGflops = "fma_peak_gflops"
  }
}

/// Runs the network on normalised views and a reference frame.
/// - Parameters:
///   - input: safetensors with `views`, K x C x rows x columns, and `reference`, C x rows x columns.
///   - output: where the result goes as raw 32-bit values, C x 2 rows x 2 columns; nil for nowhere. The halo of the
///     network is cropped from it.
/// - Throws: `NetworkError` where the input does not hold, and where the output cannot be written.
package func measureStack(
  _ input: String, output: String?, rounds: Int, model: Model, workers: WorkerPool
) async throws -> StackFigures {
  guard let data = FileManager.default.contents(atPath: input) else {
    throw NetworkError(path: input, reason: "cannot be read")
  }
  let tensors = try SafeTensors(path: input, bytes: [UInt8](data))
  guard let shape = tensors.tensors["views"]?.shape, shape.count == 4 else {
    throw NetworkError(path: input, reason: "has no tensor 'views' of four dimensions")
  }
  let (bands, size) = (model.card.bands.count, RasterSize(rows: shape[2], columns: shape[3]))
  let halo = model.card.receptiveField(views: shape[0])
  guard shape[0] > 0, shape[1] == bands, size.rows > 2 * halo, size.columns > 2 * halo else {
    throw NetworkError(path: input, reason: "has views of shape \(shape), expected K x \(bands) and more than the halo")
  }
  let values = try tensors.tensor("views", shape: shape)
  let count = bands * size.pixelCount
  let window = NetworkWindow(
    network: model.network,
    views: (0..<shape[0]).map {
      FloatImage(bands: bands, size: size, pixels: Array(values[($0 * count)..<(($0 + 1) * count)]))
    },
    reference: FloatImage(
      bands: bands, size: size, pixels: try tensors.tensor("reference", shape: Array(shape.dropFirst()))),
    kept: PixelWindow(row: halo, column: halo, rows: size.rows - 2 * halo, columns: size.columns - 2 * halo))
  let result = window.apply()
  if let output {
    do { try result.pixels.withUnsafeBytes { try Data($0).write(to: URL(fileURLWithPath: output)) } } catch {
      throw NetworkError(path: output, reason: "cannot be written: \(error)")
    }
  }
  _ = try await window.round(workers)
  var seconds: [Double] = []
  for _ in 0..<rounds { seconds.append(try await window.round(workers).all) }
  return StackFigures(
    kernel: model.network.kernel.rawValue, workers: workers.workers, windowsPerRound: workers.workers,
    roundSeconds: seconds, fmaPeakGflops: try await measureFMAPeak(workers))
}
