import Foundation
import GDALAdapter
import Geometry
import Testing

/// The executable with streams that fail, and with arguments that hold nothing.
@Suite struct TerminalTests {
  let folder = TestFolder()

  struct Outcome {
    var reason: Process.TerminationReason
    var status: Int32
    var output: String
    var errors: String
  }

  /// - Parameter streams: redirections, as the shell writes them.
  private func supertile(_ arguments: [String], streams: String = "") throws -> Outcome {
    let program = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appendingPathComponent("supertile").path
    let output = folder.path + "/stdout"
    let errors = folder.path + "/stderr"
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    let script = "o=$1 e=$2; shift 2; exec \"$0\" \"$@\" >\"$o\" 2>\"$e\" \(streams)"
    process.arguments = ["-c", script, program, output, errors] + arguments
    try process.run()
    process.waitUntilExit()
    func text(_ path: String) throws -> String {
      String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
    }
    return Outcome(
      reason: process.terminationReason, status: process.terminationStatus, output: try text(output),
      errors: try text(errors))
  }

  private func raster() throws -> String {
    let path = folder.path + "/raster.tif"
    let size = RasterSize(rows: 16, columns: 16)
    let file = try RasterFile.create(path, driver: "GTiff", size: size, bands: 3, type: .uint16)
    for band in 0..<3 { try file.write([UInt16](repeating: 9, count: 256), band: band, window: size.window) }
    try file.close()
    return path
  }

  @Test(arguments: ["2>/dev/full", "2>&-"])
  func lostStandardErrorStopsNothing(streams: String) throws {
    // Writes a note to standard error, then fails for want of its raster.
    let arguments = ["simulate", "-o", folder.path + "/out", "--as-is", "/nowhere.tif", "--dates", "2024-05-03"]
    let result = try supertile(arguments, streams: streams)
    #expect(result.reason == .exit)
    #expect(result.status == 1)
    #expect(try supertile(arguments).errors.hasPrefix("simulate: note:"))
  }

  @Test(arguments: [">/dev/full", ">&-"])
  func lostStandardOutputIsAFailure(streams: String) throws {
    let product = SampleProduct().write(in: folder)
    let raster = try raster()
    let out = folder.path + "/out"
    for arguments in [
      ["inspect", product], ["inspect", product, "--json"], ["evaluate", raster, raster],
      ["evaluate", raster, raster, "--json"], ["simulate", "-o", out, "--size", "64", "--revisits", "1"],
    ] {
      let result = try supertile(arguments, streams: streams)
      #expect(result.reason == .exit)
      #expect(result.status == 1, "\(arguments): \(result.errors)")
      let reason = streams == ">&-" ? "" : "No space left on device"
      #expect(result.errors.contains("standard output: cannot write: \(reason)"), "\(arguments): \(result.errors)")
      if arguments[0] != "simulate" { #expect(try supertile(arguments).status == 0) }
    }
  }

  /// An option that would change nothing is a mistake of whoever gives it.
  @Test(arguments: [
    ["simulate", "-o", "out", "--as-is", "a.tif", "--dates", "2024-05-03", "--clouds", "0.9"],
    ["simulate", "-o", "out", "--as-is", "a.tif", "--dates", "2024-05-03", "--reprocess", "1"],
    ["simulate", "-o", "out", "--dates", "2024-05-03"], ["bench", "--rounds", "1000"],
    ["bench", "--list-kernels", "--input", "nowhere.safetensors"],
  ])
  func optionsThatWouldBeIgnoredAreRefused(arguments: [String]) throws {
    let result = try supertile(arguments)
    #expect(result.status == 64, "\(arguments): \(result.errors)")
    #expect(result.errors.contains("--"))
  }

  @Test func aClosedPipeIsAnErrorAndNoSignal() throws {
    let product = SampleProduct().write(in: folder)
    let pipe = folder.path + "/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    // Open for reading and writing to open it at all; then nobody reads.
    let result = try supertile(["inspect", product], streams: "3<>\"\(pipe)\" >\"\(pipe)\" 3<&-")
    #expect(result.reason == .exit)
    #expect(result.status == 1)
    #expect(result.errors.contains("standard output: cannot write: Broken pipe"))
  }

  @Test func thePaperMaskIsKnown() throws {
    let product = SampleProduct().write(in: folder)
    let result = try supertile(["inspect", product, "--json", "--mask-classes", "paper"])
    let records = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
    let cover = try #require(records.first?["cover"] as? [String: Any])
    #expect(cover["maskClasses"] as? [Int] == [0, 9])
    #expect(cover["masked"] as? Double == 50)
    for text in ["", ",", "1,,2", "1,", "12", "Paper", "1, 2"] {
      #expect(try supertile(["inspect", product, "--mask-classes", text]).status == 64, "\(text)")
    }
  }

  @Test func emptyPathsAreRefused() throws {
    let inspected = try supertile(["inspect", ""])
    #expect(inspected.status == 3)
    #expect(inspected.output.contains("an empty path"))
    let evaluated = try supertile(["evaluate", "", try raster()])
    #expect(evaluated.status == 1)
    #expect(evaluated.errors.contains("the path is empty"))
    let simulated = try supertile(["simulate", "-o", ""])
    #expect(simulated.status == 64)
    #expect(simulated.errors.contains("--output is empty"))
  }

  @Test(arguments: ["inspect", "evaluate", "simulate"])
  func helpTellsTheExitStatus(command: String) throws {
    #expect(try supertile([command, "--help"]).output.contains("Exit status: 0 if"))
  }
}
