internal import ArgumentParser
internal import Foundation
internal import Grouping
internal import Pipeline
internal import SuperResolution

/// Choices that `run`, `plan` and `sr` share. What is not given comes from the configuration, then from the defaults.
struct ProcessingOptions: ParsableArguments {
  @Option(help: ArgumentHelp("YAML configuration; options on the command line win.", valueName: "file"))
  var config: String?

  @Option(
    help: ArgumentHelp(
      "Model card (.json) or weights beside their card; default: the model that ships.", valueName: "file"))
  var model: String?

  @Option(help: "highresnet, or bicubic for the baseline.")
  var method: RunOptions.MethodName?

  @Option(
    help: """
      sensor: through Sentinel-2's optics the output equals the anchor; box: through a 2 x 2 mean, the paper's rule; \
      none. Default: sensor, none for bicubic.
      """)
  var consistency: ConsistencyRule?

  @Option(help: ArgumentHelp("Most views used, 1 to 16 (default 8).", valueName: "number"))
  var views: Int?

  @Option(
    help: ArgumentHelp("Views shifted farther against the anchor are left out (default 1.5).", valueName: "pixels"))
  var maxShift: Double?

  @Option(help: ArgumentHelp("Tiles computed at the same time (default: the number of cores).", valueName: "number"))
  var workers: Int?

  @Option(help: ArgumentHelp("Largest side of a network tile in 10 m pixels (default 1100).", valueName: "pixels"))
  var tileSide: Int?

  @Option(
    help: ArgumentHelp(
      "Memory that may be used, 4 GiB or 1500 MiB: tiles become smaller and fewer (default: no limit).",
      valueName: "size"))
  var memory: String?

  @Option(help: ArgumentHelp("zstd, or deflate where consumers need it.", valueName: "name"))
  var compression: RunOptions.CompressionName?

  @Option(help: ArgumentHelp("1 to 22 for zstd, 1 to 9 for deflate (default 3).", valueName: "number"))
  var compressionLevel: Int?

  @Option(
    help: ArgumentHelp(
      "Folder for scratch files (default: inside the store; for sr the system's temporary folder).", valueName: "folder"
    ))
  var scratch: String?

  func validate() throws {
    func check<Value: Comparable>(_ name: String, _ value: Value?, _ range: ClosedRange<Value>) throws {
      guard let value, !range.contains(value) else { return }
      throw ValidationError("\(name) is \(value), expected \(range.lowerBound) to \(range.upperBound)")
    }
    try check("--views", views, 1...16)
    try check("--max-shift", maxShift, 0...4)
    try check("--workers", workers, 1...1024)
    try check("--tile-side", tileSide, 16...2048)
    try check("--compression-level", compressionLevel, 1...22)
    if let memory, MemorySize.parse(memory) == nil {
      throw ValidationError("--memory is \(memory), expected a size from 1 MiB to 1 PiB: 4 GiB, 1500 MiB")
    }
  }

  /// The choices put together.
  /// - Throws: `ConfigurationError`.
  func resolve() throws -> RunOptions {
    var options = try config.map { try RunOptions.load($0) } ?? RunOptions()
    if config == nil || workers != nil { options.workers = workers ?? ProcessInfo.processInfo.activeProcessorCount }
    if let model { options.model = model }
    if let method { options.method = method }
    if let consistency { options.consistency = consistency }
    if let views { options.selection.maxViews = views }
    if let maxShift { options.maxShift = maxShift }
    if let tileSide { options.tileSide = tileSide }
    if let memory { options.memory = MemorySize.parse(memory) }
    if let compression { options.compression = compression }
    if let compressionLevel { options.compressionLevel = compressionLevel }
    if let reason = options.contradiction { throw ValidationError(reason) }
    if let scratch { options.scratch = scratch }
    return options
  }
}

extension RunOptions.MethodName: ExpressibleByArgument {}
extension RunOptions.CompressionName: ExpressibleByArgument {}
extension ConsistencyRule: ExpressibleByArgument {}
