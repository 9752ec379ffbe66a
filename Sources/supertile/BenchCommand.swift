internal import ArgumentParser
internal import Benchmarking
internal import Foundation
internal import Networks
internal import Pipeline
internal import Workers

/// `supertile bench`: how fast this machine runs it.
struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure kernels, network, decoding, encoding and the whole pipeline here.",
    discussion: """
      Takes under 20 seconds on two cores. Rates in GFLOP/s count the operations of the direct convolution; a kernel \
      that needs fewer may exceed what the processor can add and multiply. The network runs on 8 views of 256 x 256 \
      low-resolution pixels, one window a worker; their halo is computed and not counted. Decoding and encoding are \
      those of one thread.

      --input measures the network alone, on a stack in a safetensors file: normalised `views` (K x 3 x rows x columns) \
      and `reference`. It prints JSON; --output takes the result as raw 32-bit values, the halo cropped.

      Exit status: 0 if measured, 1 if not, 6 if interrupted, 64 for a mistake on the command line.
      """)

  @Option(help: ArgumentHelp("Model card (.json); default: the model that ships.", valueName: "file"))
  var model: String?
  @Option(help: ArgumentHelp("Windows computed at the same time (default: the number of cores).", valueName: "number"))
  var workers: Int?
  @Flag(help: "Print JSON.") var json = false
  @Option(help: ArgumentHelp("Measure the network on this stack.", valueName: "file"))
  var input: String?
  @Option(help: ArgumentHelp("Where the network's result goes.", valueName: "file"))
  var output: String?
  @Option(help: ArgumentHelp("Rounds in which every worker computes the stack (default 3).", valueName: "number"))
  var rounds: Int?
  @Flag(help: "Print the convolution kernels that this processor runs, one a line.") var listKernels = false

  func validate() throws {
    if let workers, !(1...1024).contains(workers) {
      throw ValidationError("--workers is \(workers), expected 1 to 1024")
    }
    if let rounds, !(1...1000).contains(rounds) { throw ValidationError("--rounds is \(rounds), expected 1 to 1000") }
    if output != nil || rounds != nil, input == nil { throw ValidationError("--output and --rounds go with --input") }
    if listKernels, input != nil || model != nil || workers != nil {
      throw ValidationError("--list-kernels measures nothing: of the other options it takes --json alone")
    }
  }

  func run() async throws {
    if listKernels {
      return json ? try printJSON(kernelNames()) : try printLine(kernelNames().joined(separator: "\n"))
    }
    let model = try ShippedModel.load(model)
    let pool = WorkerPool(workers: workers ?? ProcessInfo.processInfo.activeProcessorCount)
    if let input {
      return try printJSON(
        try await measureStack(input, output: output, rounds: rounds ?? 3, model: model, workers: pool))
    }
    let display = ProgressDisplay()
    let figures = try await measureAll(
      model, workers: pool, scratch: FileManager.default.temporaryDirectory.path
    ) { display.show("measuring \($0)", 0) }
    display.clear()
    if json { try printJSON(figures) } else { try printLine(Self.text(figures)) }
  }

  private static func text(_ figures: BenchFigures) -> String {
    let network = figures.network
    var lines = figures.kernels.map {
      "kernel    \($0.name.padding(toLength: 11, withPad: " ", startingAt: 0)) \($0.effectiveGflops.formatted(0)) GFLOP/s, "
        + "3 x 3, \($0.channels) channels, one thread"
    }
    lines += [
      "network   \(network.kernel), \(network.workers) workers: \(network.effectiveGflops.formatted(0)) GFLOP/s, one: "
        + "\(network.oneWorkerGflops.formatted(0)), multiply-adds \(network.fmaPeakGflops.formatted(0)); \(network.views) views of \(network.side) x \(network.side): "
        + "\(network.seconds.formatted(2)) s",
      "decoding  \(figures.decode.megasamplesPerSecond.formatted(1)) million samples/s",
      "encoding  \(figures.encode.megasamplesPerSecond.formatted(1)) million samples/s",
      "pipeline  \(figures.pipeline.views) views of \(figures.pipeline.side) x \(figures.pipeline.side): "
        + "\(figures.pipeline.seconds.formatted(2)) s, of which the network \(figures.pipeline.networkSeconds.formatted(2)) s",
    ]
    return lines.joined(separator: "\n")
  }
}
