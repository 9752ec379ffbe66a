import Foundation
import Geometry
import Product
import Simulation
import TestSupport
import Testing

/// The program itself, as operators run it.
private struct Program {
  var status: Int32
  var reason: Process.TerminationReason
  var output: String
  var errors: String

  static let path = builtProgram("supertile")

  /// - Parameters:
  ///   - program: what begins it.
  ///   - interruptAfter: seconds after which the program gets `signal`.
  ///   - output: where standard output goes; it is read where none is given.
  init(
    _ arguments: [String], program: String = Self.path, interruptAfter: Double? = nil, signal: Int32 = SIGTERM,
    output place: String? = nil
  ) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    let (out, err) = (Pipe(), Pipe())
    process.standardOutput = out
    if let place { process.standardOutput = FileHandle(forWritingAtPath: place) }
    process.standardError = err
    try process.run()
    // What the program does not write to would be waited for.
    if place != nil { try out.fileHandleForWriting.close() }
    if let interruptAfter {
      usleep(UInt32(interruptAfter * 1_000_000))
      kill(process.processIdentifier, signal)
    }
    output = String(decoding: out.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    errors = String(decoding: err.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    status = process.terminationStatus
    reason = process.terminationReason
  }
}

private func products(
  _ folder: String, tile: String = "31TCJ", revisits: Int = 3, seed: UInt64 = 1, start: String? = nil
)
  async throws -> [String]
{
  var plan = SmallProducts.plan(revisits: revisits, clouds: 0.05, seed: seed)
  plan.delivery.tile = MGRSTile(tile)
  if let start { plan.start = try #require(UTCTime.parse(start + "T00:00:00Z")) }
  return try await SmallProducts.write(plan, into: folder).map(\.path)
}

@Suite(.serialized) struct CommandTests {
  /// A limit that can be kept to is told with what it comes to; one that cannot be is refused before anything begins.
  @Test func memoryIsPlannedAndImpossibleLimitsAreRefused() async throws {
    let folder = try TemporaryFolder()
    let paths = try await products(folder.path + "/p")
    let plan = try Program(["plan", "--memory", "1.5 GiB"] + paths)
    #expect(plan.status == 0 && plan.output.contains("of 1.5 GiB"))
    let tight = try Program(["plan", "--memory", "300 MiB", "--json"] + paths)
    #expect(tight.status == 1 && tight.errors.contains("memory is limited to 300 MiB, but a run takes"))
    #expect(tight.output.contains("\"memoryProblem\""))
    let run = try Program(["run", "--memory", "300 MiB", "--store", folder.path + "/store"] + paths)
    #expect(run.status == 5 && run.errors.contains("memory is limited to 300 MiB"))
    let typo = try Program(["plan", "--memory", "4 GB"] + paths)
    #expect(typo.status == 64 && typo.errors.contains("4 GiB"))
    let level = try Program(["plan", "--compression", "deflate", "--compression-level", "12"] + paths)
    #expect(level.status == 64 && level.errors.contains("expected 1 to 9"))

    let configuration = folder.path + "/supertile.yaml"
    try Data("memory: 300 MiB\n".utf8).write(to: URL(fileURLWithPath: configuration))
    let check = try Program(["check-config", configuration])
    #expect(check.status == 1 && check.errors.contains("memory is limited to 300 MiB"))
    try Data("daemon: {hook_command: /nowhere/hook}\n".utf8).write(to: URL(fileURLWithPath: configuration))
    let hook = try Program(["check-config", configuration])
    #expect(hook.status == 1 && hook.errors.contains("/nowhere/hook"))
    let missing = try Program(["evaluate", "buildings", configuration, "/nowhere/truth.geojson"])
    #expect(missing.status == 1 && missing.errors.contains("/nowhere/truth.geojson: there is no such file"))
  }

  @Test func planAndRunSayWhatTheyDo() async throws {
    let folder = try TemporaryFolder()
    let paths = try await products(folder.path + "/p")
    let broken = folder.path + "/broken.zip"
    try Data("no zip at all, whatever its name".utf8).write(to: URL(fileURLWithPath: broken))
    let plan = try Program(["plan", "--json"] + paths)
    #expect(plan.status == 0)
    let document = try #require(try JSONSerialization.jsonObject(with: Data(plan.output.utf8)) as? [String: Any])
    #expect((document["groups"] as? [Any])?.count == 1 && (document["products"] as? [Any])?.count == 3)

    let run = try Program(["run"] + paths + [broken, "--store", folder.path + "/store"])
    #expect(run.status == 3 && run.errors.contains("broken.zip"))
    let item = run.output.trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(
      FileManager.default.fileExists(atPath: item + "/SHA256SUMS"), "the good products are published all the same")
    #expect(try Program(["run"] + paths + ["--store", folder.path + "/store"]).status == 0)

    let known = try Program(["plan", "--store", folder.path + "/store"] + paths)
    let misspelt = try Program(["plan", "--store", folder.path + "/store", "--collection", "sentinel-2"] + paths)
    #expect(known.status == 0 && known.errors.isEmpty)
    #expect(misspelt.status == 0 && misspelt.errors.contains("has no collection sentinel-2: nothing was published"))
  }

  /// Nobody who listens is needed for publishing.
  @Test func whatCannotBeSaidIsPublishedAllTheSame() async throws {
    let folder = try TemporaryFolder()
    let all = try await products(folder.path + "/a") + products(folder.path + "/b", tile: "31TDJ", seed: 2)
    let store = ["--store", folder.path + "/store", "--method", "bicubic"]
    let run = try Program(["run"] + all + store, output: "/dev/full")
    #expect(run.status == 1 && run.errors.contains("standard output: cannot write"))
    let again = try Program(["run"] + all + store)
    #expect(again.status == 0 && again.errors.components(separatedBy: "already published").count == 3)
  }

  @Test func anAnchorDayAppliesWhereThereIsOne() async throws {
    let folder = try TemporaryFolder()
    let first = try await products(folder.path + "/a", revisits: 2)
    let second = try await products(folder.path + "/b", tile: "31TDJ", revisits: 2, start: "2024-07-01")
    let plan = try Program(["plan", "--anchor", "2024-05-03"] + first + second)
    #expect(plan.status == 0 && plan.output.contains("the operator's choice"))
    let wrong = try Program(["plan", "--anchor", "2020-01-01"] + first + second)
    #expect(wrong.status == 1 && wrong.errors.contains("2020-01-01") && wrong.errors.contains("31TCJ"))
  }

  @Test func anotherPlaceUnderTheSameTileNameIsLeftOut() async throws {
    let folder = try TemporaryFolder()
    let here = try await products(folder.path + "/a", revisits: 3)
    var plan = SmallProducts.plan(revisits: 1, clouds: 0, seed: 1)
    plan.start = plan.start.addingTimeInterval(20 * 86_400)
    plan.delivery.origin = DeliveryOptions.Origin(x: 300_020, y: 4_900_000)
    let elsewhere = try await SmallProducts.write(plan, into: folder.path + "/b").map(\.path)
    let result = try Program(["plan"] + here + elsewhere)
    #expect(result.output.contains("mismatch") && result.output.contains("another grid"))
    #expect(result.status == 3, "a product is left out that was meant to count")
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func anInterruptCleansUp(signal: Int32) async throws {
    let folder = try TemporaryFolder()
    var plan = SmallProducts.plan(revisits: 5, size: RasterSize(rows: 400, columns: 400), seed: 2)
    plan.clouds = 0.02
    let paths = try await SmallProducts.write(plan, into: folder.path + "/p").map(\.path)
    let store = folder.path + "/store"
    let run = try Program(
      ["run"] + paths + ["--store", store, "--tile-side", "32"], interruptAfter: 1.5, signal: signal)
    #expect(run.reason == .exit && run.status == 6)
    func left() throws -> [String] {
      try FileManager.default.subpathsOfDirectory(atPath: store).filter { path in
        [".f32", ".tif", ".counts", ".checkpoint"].contains { path.hasSuffix($0) }
      }
    }
    // Nothing but rows of tiles that were finished, and the mosaic that holds them; without any of them no mosaic.
    let kept = try left()
    #expect(kept.allSatisfy { $0.contains("/kept-") && ($0.hasSuffix(".checkpoint") || $0.hasSuffix("/mosaic.f32")) })
    #expect(kept.isEmpty || kept.contains { $0.hasSuffix("/row-0.checkpoint") })
    // The next run goes on with them, and takes them away.
    let next = try Program(["run"] + paths + ["--store", store, "--tile-side", "32"])
    #expect(next.status == 0)
    #expect(try left().allSatisfy { $0.hasPrefix("sentinel-2-sr/") })
  }

  /// What `nohup` began outlives its terminal.
  @Test func anIgnoredHangupInterruptsNothing() async throws {
    let folder = try TemporaryFolder()
    let paths = try await products(folder.path + "/p", revisits: 2)
    let run = try Program(
      ["-c", "trap '' HUP; exec \"$0\" \"$@\"", Program.path, "run"] + paths + ["--store", folder.path + "/store"],
      program: "/bin/sh", interruptAfter: 0.5, signal: SIGHUP)
    #expect(run.status == 0 && !run.output.isEmpty, "\(run.errors)")
  }

  @Test func footprintsAreWrittenTogether() async throws {
    let folder = try TemporaryFolder()
    let paths = try await products(folder.path + "/p", revisits: 2)
    let run = try Program(["run"] + paths + ["--store", folder.path + "/store"])
    let item = run.output.trimmingCharacters(in: .whitespacesAndNewlines)
    let name = URL(fileURLWithPath: item).lastPathComponent
    let image = "\(item)/\(name)_SR.tif"
    let out = ["b.geojson", "b.fgb", "o.geojson", "p.tif"].map { folder.path + "/" + $0 }
    let options = ["--threshold", "0.05", "--min-area", "25", "--json"]
    let result = try Program(
      ["footprints", image, "-o", out[0], "--flatgeobuf", out[1], "--observed", out[2], "--probability", out[3]]
        + options)
    #expect(result.status == 0, "\(result.errors)")
    let check = GeoJSONCheck(out[0])
    #expect(check.problems.isEmpty && check.features.allSatisfy { $0.id?.hasPrefix("UTM31N-") ?? false })
    let record = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    #expect((record["counts"] as? [String: Any])?["buildings"] as? Int == check.features.count)
    #expect(GeoJSONCheck(out[2]).problems.isEmpty)
    let kind = try FileManager.default.attributesOfItem(atPath: out[1])[.type] as? FileAttributeType
    #expect(kind == .typeRegular)

    // The same from its own probabilities, over its own output.
    let before = try Data(contentsOf: URL(fileURLWithPath: out[0]))
    let again = try Program(
      ["footprints", out[3], "--from-probability", "-o", out[0], "--previous", out[0]] + options)
    #expect(again.status == 0, "\(again.errors)")
    #expect(try Data(contentsOf: URL(fileURLWithPath: out[0])) == before)

    // Those of an item keep its names, not the zone's; those of another zone cannot be kept.
    let text = String(decoding: before, as: UTF8.self)
    let (ofTile, ofOthers) = (folder.path + "/tile.geojson", folder.path + "/zone.geojson")
    try Data(text.replacing("UTM31N-", with: "31TCJ-").utf8).write(to: URL(fileURLWithPath: ofTile))
    try Data(text.replacing("UTM31N-", with: "UTM30N-").utf8).write(to: URL(fileURLWithPath: ofOthers))
    let named = try Program(
      ["footprints", out[3], "--from-probability", "-o", folder.path + "/n.geojson", "--previous", ofTile] + options)
    #expect(named.status == 0 && !check.features.isEmpty, "\(named.errors)")
    #expect(
      GeoJSONCheck(folder.path + "/n.geojson").features.map(\.id)
        == check.features.map { $0.id?.replacing("UTM31N-", with: "31TCJ-") })

    // What cannot be done says so, and leaves what was there.
    let band = try #require(
      try FileManager.default.subpathsOfDirectory(atPath: paths[0]).first { $0.hasSuffix("B04_10m.jp2") })
    let bad = folder.path + "/bad.geojson"
    try Data("{".utf8).write(to: URL(fileURLWithPath: bad))
    for (arguments, status, words) in [
      ([image, "-o", out[0], "--previous", bad], 1, "bad.geojson"),
      ([image, "-o", out[0], "--previous", ofOthers], 1, "has a name of this zone"),
      ([image, "-o", out[0], "--min-area", "1e21"], 64, "0 to 1000000"),
      ([paths[0] + "/" + band, "-o", out[0]], 1, "expected 3: red, green, blue"),
      ([image, "-o", image], 1, "it is the input"),
      ([folder.path + "/none.tif", "-o", out[0]], 1, "no such file"),
      ([image, "-o", out[0], "--threshold", "2"], 64, "0 to 1"),
      ([image, "-o", out[0], "--model", image], 1, "card"), ([image, "-o", folder.path + "/no/b"], 1, "no folder"),
    ] as [([String], Int32, String)] {
      let refused = try Program(["footprints"] + arguments)
      #expect(refused.status == status && refused.errors.contains(words), "\(refused.errors)")
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: out[0])) == before)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).allSatisfy { !$0.hasSuffix(".part") })
  }

  /// Whoever may drop files writes on no terminal.
  @Test func namesOfFilesMoveNoCursor() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/red\u{1b}[31m.zip"
    try Data("no archive".utf8).write(to: URL(fileURLWithPath: path))
    for arguments in [["inspect", path], ["run", path, "--store", folder.path + "/store"]] {
      let program = try Program(arguments)
      let text = program.output + program.errors
      #expect(text.contains("red?[31m.zip") && !text.contains("\u{1b}"), "\(text)")
    }
  }

  /// GDAL's tools at work on plain rasters.
  private func gdal(_ tool: String, _ arguments: [String]) throws {
    let process = try Process.run(URL(fileURLWithPath: "/usr/bin/" + tool), arguments: arguments)
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
  }

  private func makeRaster(_ path: String) throws {
    let place = ["-a_srs", "EPSG:32631", "-a_ullr", "500000", "4650000", "500640", "4649360"]
    try gdal(
      "gdal_create",
      ["-q", "-outsize", "64", "64", "-bands", "3", "-burn", "900", "-ot", "UInt16"] + place + [path])
  }

  /// What describes a file that is replaced would describe the new one, wrongly; and no source of a virtual raster is
  /// written over.
  @Test func whatLiesBesideAnOutputGoesWithIt() throws {
    let folder = try TemporaryFolder()
    let (view, source, output) = (folder.path + "/v.vrt", folder.path + "/s.tif", folder.path + "/o.tif")
    try makeRaster(source)
    try gdal("gdalbuildvrt", ["-q", view, source])
    let sr = ["sr", view, "--method", "bicubic", "-o"]
    #expect(try Program(sr + [output]).status == 0)
    let beside = [".aux.xml", ".ovr", ".msk"].map { output + $0 }
    for path in beside { try Data("x".utf8).write(to: URL(fileURLWithPath: path)) }
    #expect(try Program(sr + [output]).status == 0)
    #expect(beside.allSatisfy { !FileManager.default.fileExists(atPath: $0) })
    // What is no file, or is an input itself, stays.
    let folderBeside = folder.path + "/q.ovr"
    try FileManager.default.createDirectory(atPath: folderBeside, withIntermediateDirectories: false)
    #expect(try Program(sr + [folder.path + "/q"]).status == 0)
    #expect(FileManager.default.fileExists(atPath: folderBeside))
    let other = folder.path + "/y.ovr"
    try FileManager.default.copyItem(atPath: source, toPath: other)
    let taken = try Program(["sr", other, "--method", "bicubic", "-o", folder.path + "/y"])
    #expect(taken.status == 1 && taken.errors.contains("which would go with what is there"), "\(taken.errors)")
    #expect(FileManager.default.fileExists(atPath: other))
    let before = FileManager.default.contents(atPath: source)
    let refused = try Program(sr + [source])
    #expect(refused.status == 1 && refused.errors.contains("or a source of it"), "\(refused.errors)")
    #expect(FileManager.default.contents(atPath: source) == before)
  }

  /// A revisit counts once, by whatever name its file is given.
  @Test func aFileGivenTwiceIsRefused() throws {
    let folder = try TemporaryFolder()
    let (view, link) = (folder.path + "/a.tif", folder.path + "/b.tif")
    try makeRaster(view)
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: view)
    for twin in [view, link] {
      let result = try Program(["sr", view, twin, "-o", folder.path + "/o.tif"])
      #expect(result.status == 64 && result.errors.contains("are one file"), "\(result.errors)")
    }
  }

  /// GDAL finds EPSG:32631 for both, whose numbers are metres.
  @Test(arguments: ["us-ft", "km"]) func zonesInOtherUnitsAreNoZonesInMetres(unit: String) throws {
    let folder = try TemporaryFolder()
    let (plain, other) = (folder.path + "/a.tif", folder.path + "/b.tif")
    try makeRaster(plain)
    try gdal("gdal_translate", ["-q", "-a_srs", "+proj=utm +zone=31 +datum=WGS84 +units=\(unit)", plain, other])
    #expect(try Program(["sr", plain, "--method", "bicubic", "-o", folder.path + "/o.tif"]).status == 0)
    let refused = try Program(["sr", other, "--method", "bicubic", "-o", folder.path + "/p.tif"])
    #expect(refused.status == 1 && refused.errors.contains("without an EPSG code"), "\(refused.errors)")
  }

  @Test func anOutputThatIsNoRegularFileIsRefused() async throws {
    let folder = try TemporaryFolder()
    let paths = try await products(folder.path + "/p", revisits: 1)
    let band = try #require(
      try FileManager.default.subpathsOfDirectory(atPath: paths[0]).first { $0.hasSuffix("B04_10m.jp2") })
    let view = paths[0] + "/" + band
    let fifo = folder.path + "/fifo"
    #expect(mkfifo(fifo, 0o600) == 0)
    for output in [fifo, folder.path, view] {
      let result = try Program(["sr", view, "-o", output])
      #expect(result.status == 1 && result.errors.contains("cannot be written"))
    }
    #expect(FileManager.default.fileExists(atPath: view))
  }
}
