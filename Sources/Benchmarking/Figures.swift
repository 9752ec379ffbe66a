/// What `supertile bench` measures. Rates of convolutions count the floating-point operations of the direct convolution,
/// two a multiplication and addition, whatever the kernel computes in fact.
package struct BenchFigures: Codable, Sendable, Equatable {
  /// One 3 x 3 convolution on one thread.
  package struct Kernel: Codable, Sendable, Equatable {
    package var name: String
    /// Channels in and out, pixels a side.
    package var channels: Int
    package var side: Int
    package var effectiveGflops: Double

    enum CodingKeys: String, CodingKey {
      case name, channels, side
      case effectiveGflops = "effective_gflops"
    }
  }

  /// HighRes-net on windows of `side` low-resolution pixels, whose halo is computed and not counted, one window a worker.
  package struct Network: Codable, Sendable, Equatable {
    package var kernel: String
    package var views: Int
    package var side: Int
    package var workers: Int
    /// On all workers.
    package var effectiveGflops: Double
    /// On one worker, the others idle.
    package var oneWorkerGflops: Double
    /// Multiply-adds in registers, in the widest vectors, on all workers: the rate of a direct convolution that waits for
    /// nothing.
    package var fmaPeakGflops: Double
    /// Median of one window on all workers.
    package var seconds: Double

    enum CodingKeys: String, CodingKey {
      case kernel, views, side, workers, seconds
      case effectiveGflops = "effective_gflops"
      case oneWorkerGflops = "one_worker_gflops"
      case fmaPeakGflops = "fma_peak_gflops"
    }
  }

  /// Millions of samples (pixels times bands) a second, one thread.
  package struct Rate: Codable, Sendable, Equatable {
    package var megasamplesPerSecond: Double
    package var seconds: Double

    enum CodingKeys: String, CodingKey {
      case seconds
      case megasamplesPerSecond = "megasamples_per_second"
    }
  }

  /// Products to a published item.
  package struct Pipeline: Codable, Sendable, Equatable {
    package var views: Int
    package var side: Int
    package var seconds: Double
    /// What the network takes of it, going by its rate on one worker: the raster is one window.
    package var networkSeconds: Double

    enum CodingKeys: String, CodingKey {
      case views, side, seconds
      case networkSeconds = "network_seconds"
    }
  }

  package var kernels: [Kernel]
  package var network: Network
  package var decode: Rate
  package var encode: Rate
  package var pipeline: Pipeline
}

extension Duration {
  package var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
