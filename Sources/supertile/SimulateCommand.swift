internal import ArgumentParser
internal import Foundation
internal import Geometry
internal import Glibc
internal import Product
internal import Simulation
internal import Storage
internal import Workers

/// `supertile simulate`: products to try the pipeline on, with the truth beside them.
struct SimulateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Write Sentinel-2 L2A products with a known truth.",
    discussion: """
      Without SCENE a landscape is drawn from the seed. Every revisit sees it through Sentinel-2's point spread, \
      shifted by part of a pixel, with its own gain, offset, veil, clouds and noise. The fine truth goes to \
      DIR/truth, how each product was made to DIR/simulation.json. With --as-is real rasters are packed unchanged.
      The products' paths are printed on standard output, one a line.

      Exit status: 0 if the products are written, 1 if they cannot be, 6 if interrupted, 64 for a mistake on the command line.
      """)

  @Argument(help: "Fine truth: reflectance x 10000, bands red, green, blue[, near infrared], taken as 5 m pixels.")
  var scene: String?

  @Option(name: [.customShort("o"), .long], help: "Folder for the products.")
  var output: String

  @Option(help: "Number of revisits.") var revisits = 6
  @Option(help: "Seed of everything random.") var seed: UInt64 = 1
  @Option(help: "Rows and columns at 10 m, 512 or 400x600, even.") var size: String?
  @Option(help: "Tile name.") var tile: String?
  @Option(help: "Upper-left corner, UTM metres: X,Y.") var origin: String?
  @Option(help: "First day, UTC.") var start = "2024-05-03"
  @Option(help: "Days between revisits.") var interval = 5
  @Option(help: "Satellites, in turn.") var missions = "S2A,S2B"
  @Option(help: "Relative orbit.") var orbit = 51
  @Option(help: "Processing baselines, in turn.") var baseline = "05.11"

  @Option(help: "Largest shift, 10 m pixels.") var maxShift = 0.5
  @Option(help: "Standard deviation of the noise, reflectance.") var noise = 0.0015
  @Option(help: "Gains lie in 1 +- this.") var gainSpread = 0.03
  @Option(help: "Offsets lie in +- this, reflectance.") var offsetSpread = 0.01
  @Option(help: "Share of the dates with a thin veil.") var haze = 0.35
  @Option(help: "Mean cloud share.") var clouds = 0.2
  @Flag(help: "Every second revisit misses the ground beyond a slanting swath edge.") var swathEdge = false

  @Option(help: "The revisit, counted from 1, that sees the truth as it is: no shift, gain, offset or veil.")
  var reference: Int?
  @Option(name: .customLong("split-datastrip"), help: "Deliver revisit K as two complementary products.")
  var splitDatastrip: [Int] = []
  @Option(help: "Deliver revisit K again in a later baseline: K or K:05.12.") var reprocess: [String] = []
  @Flag(help: "Write .SAFE.zip archives.") var zip = false
  @Flag(help: "Leave out what Supertile does not read.") var prune = false

  @Option(
    name: .customLong("as-is"), parsing: .upToNextOption,
    help: "Real rasters to pack unchanged: reflectance x 10000, one UTM grid of 10 m.")
  var asIs: [String] = []
  @Option(help: "Days of the --as-is rasters, separated by commas.") var dates: String?
  @Option(help: "Band numbers of red, green, blue[, near infrared] in the --as-is rasters.") var bandOrder: String?

  @Option(help: "Worker threads.") var jobs = ProcessInfo.processInfo.activeProcessorCount

  mutating func validate() throws {
    if output.isEmpty { throw ValidationError("--output is empty, expected a folder") }
    guard (1...1024).contains(jobs) else { throw ValidationError("--jobs is \(jobs), expected 1 to 1024") }
  }

  func run() async throws {
    do { try await simulate() } catch let error as SimulationError where error.option.hasPrefix("--") {
      throw ValidationError("\(error)")
    }
  }

  private func simulate() async throws {
    let pool = WorkerPool(workers: jobs)
    let folder = Folder.absolute(output)
    let isTerminal = isatty(STDERR_FILENO) == 1
    let progress: @Sendable (String) -> Void = { if isTerminal { Self.report($0) } }
    let products: [SimulatedProduct]
    if asIs.isEmpty {
      guard dates == nil, bandOrder == nil else {
        throw ValidationError("--dates and --band-order go with --as-is VIEW.tif...")
      }
      products = try await Simulation.simulate(try plan(), into: folder, workers: pool, progress: progress)
    } else {
      let plan = try repackagingPlan()
      Self.report("note: the scene classification is derived: \(RepackagingPlan.classificationRule)")
      products = try await repackage(plan, into: folder, workers: pool, progress: progress)
    }
    for product in products { try printLine(product.path) }
  }

  private static func report(_ line: String) { standardError("simulate: \(line)\n") }
}

extension SimulateCommand {
  private func plan() throws -> SimulationPlan {
    let source: SimulationPlan.Scene
    if let scene {
      if let size { throw SimulationError("--size", found: size, expected: "no size: SCENE has its own") }
      source = .file(scene)
    } else {
      source = .drawn(try Self.parseSize(size ?? "512"))
    }
    var plan = SimulationPlan(scene: source, revisits: revisits, start: try Self.parseDay(start, option: "--start"))
    plan.intervalDays = interval
    plan.delivery = try delivery()
    plan.seed = seed
    plan.maxShift = maxShift
    plan.noise = noise
    plan.gainSpread = gainSpread
    plan.offsetSpread = offsetSpread
    plan.haze = haze
    plan.clouds = clouds
    plan.hasSwathEdge = swathEdge
    plan.referenceRevisit = reference
    plan.splitRevisits = Set(splitDatastrip)
    plan.reprocessings = try reprocess.map(Self.parseReprocessing)
    return plan
  }

  private func repackagingPlan() throws -> RepackagingPlan {
    if let scene { throw SimulationError("SCENE", found: scene, expected: "either a scene or --as-is rasters") }
    if let option = try optionOfScenes() {
      throw ValidationError("\(option) changes nothing of --as-is rasters, which are packed unchanged")
    }
    let days = try (dates ?? "").split(separator: ",").map { try Self.parseDay(String($0), option: "--dates") }
    var plan = RepackagingPlan(views: asIs, dates: days)
    plan.delivery = try delivery()
    if let bandOrder {
      plan.bandOrder = try bandOrder.split(separator: ",").map {
        guard let number = Int($0) else {
          throw SimulationError("--band-order", found: bandOrder, expected: "band numbers such as 4,3,2,8")
        }
        return number
      }
    }
    return plan
  }

  /// An option that was given and is about scenes alone.
  private func optionOfScenes() throws -> String? {
    let plain = try Self.parse(["--output=\(output)"])
    let changes = [
      ("--revisits", revisits != plain.revisits), ("--seed", seed != plain.seed), ("--size", size != nil),
      ("--start", start != plain.start), ("--interval", interval != plain.interval),
      ("--max-shift", maxShift != plain.maxShift), ("--noise", noise != plain.noise),
      ("--gain-spread", gainSpread != plain.gainSpread), ("--offset-spread", offsetSpread != plain.offsetSpread),
      ("--haze", haze != plain.haze), ("--clouds", clouds != plain.clouds), ("--swath-edge", swathEdge),
      ("--reference", reference != nil), ("--split-datastrip", !splitDatastrip.isEmpty),
      ("--reprocess", !reprocess.isEmpty),
    ]
    return changes.first { $0.1 }?.0
  }

  private func delivery() throws -> DeliveryOptions {
    var options = DeliveryOptions()
    if let tile {
      guard let value = MGRSTile(tile) else {
        throw SimulationError("--tile", found: tile, expected: "an MGRS tile such as 31TCJ")
      }
      options.tile = value
    }
    if let origin {
      let words = origin.split(separator: ",", omittingEmptySubsequences: false)
      let parts = words.compactMap { Double($0) }
      guard words.count == 2, parts.count == 2 else {
        throw SimulationError("--origin", found: origin, expected: "easting,northing such as 300000,4900020")
      }
      options.origin = .init(x: parts[0], y: parts[1])
    }
    options.missions = missions.split(separator: ",").map(String.init)
    options.relativeOrbit = orbit
    options.baselines = try baseline.split(separator: ",").map { try Self.parseBaseline(String($0), "--baseline") }
    options.isZipped = zip
    options.isPruned = prune
    return options
  }

  private static func parseSize(_ text: String) throws -> RasterSize {
    let parts = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard (1...2).contains(parts.count), let rows = parts[0], let columns = parts[parts.count - 1] else {
      throw SimulationError("--size", found: text, expected: "512, or rows x columns such as 400x600")
    }
    return RasterSize(rows: rows, columns: columns)
  }

  private static func parseDay(_ text: String, option: String) throws -> Date {
    guard text.count == 10, let day = UTCTime.parse(text + "T00:00:00Z") else {
      throw SimulationError(option, found: text, expected: "a day such as 2024-05-03")
    }
    return day
  }

  private static func parseBaseline(_ text: String, _ option: String) throws -> ProcessingBaseline {
    guard let value = ProcessingBaseline(text) else {
      throw SimulationError(option, found: text, expected: "a baseline such as 05.11")
    }
    return value
  }

  private static func parseReprocessing(_ text: String) throws -> SimulationPlan.Reprocessing {
    let parts = text.split(separator: ":").map(String.init)
    guard (1...2).contains(parts.count), let revisit = Int(parts[0]) else {
      throw SimulationError("--reprocess", found: text, expected: "a revisit, or revisit:baseline such as 3:05.12")
    }
    return .init(revisit: revisit, baseline: try parts.count == 2 ? parseBaseline(parts[1], "--reprocess") : nil)
  }
}
