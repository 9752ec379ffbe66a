import Control
import Foundation
import Geometry
import Product
import Publishing
import Simulation
import TestSupport
import Testing

/// The daemon as a process, with folders of its own.
final class RunningDaemon {
  let folder: TemporaryFolder
  private var process: Process?
  private let errors: String
  /// More of the daemon's environment.
  var environment: [String: String] = [:]

  var drop: String { folder.path + "/drop" }
  var storePath: String { folder.path + "/store" }
  var socket: String { folder.path + "/s" }
  var configuration: String { folder.path + "/supertile.yaml" }
  var processIdentifier: Int32 { process?.processIdentifier ?? 0 }
  var log: String { (try? String(contentsOfFile: errors, encoding: .utf8)) ?? "" }

  /// - Parameter settings: lines of the daemon section.
  init(_ settings: String...) throws {
    folder = try TemporaryFolder()
    errors = folder.path + "/log"
    try Data().write(to: URL(fileURLWithPath: errors))
    try FileManager.default.createDirectory(atPath: folder.path + "/drop", withIntermediateDirectories: true)
    try configure(settings)
  }

  deinit { kill() }

  func configure(_ settings: [String], drop more: String = "", method: String = "bicubic") throws {
    let given = Set(settings.map { $0.prefix { $0 != ":" } })
    let lines = """
      views: 4
      method: \(method)
      consistency: none
      model: \(packageFolder())/models/highresnet-rgb-x2.json
      daemon:
        drop_folders: [{name: drop, path: \(drop), settle_seconds: 1, rescan_seconds: 5\(more)}]
        store: \(storePath)
        state: \(folder.path)/state
        socket: \(socket)
        quiet_seconds: 1
        retry_first_seconds: 1
        retry_longest_seconds: 2
        reserve_mib: 1
      """
    let kept = lines.split(separator: "\n").filter { !given.contains($0.drop { $0 == " " }.prefix { $0 != ":" }) }
    let text = kept.joined(separator: "\n") + "\n" + settings.map { "  \($0)\n" }.joined()
    try Data(text.utf8).write(to: URL(fileURLWithPath: configuration))
  }

  func start() throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: builtProgram("supertiled"))
    process.arguments = ["--config", configuration, "--verbose"]
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
    let log = FileHandle(forWritingAtPath: errors)
    _ = try log?.seekToEnd()
    process.standardError = log
    process.standardInput = FileHandle.nullDevice
    try process.run()
    self.process = process
  }

  func kill() {
    guard let process, process.isRunning else { return }
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  func signal(_ number: Int32) { Foundation.kill(processIdentifier, number) }

  /// - Returns: exit status, nil where it does not end in time.
  func waitForExit(seconds: Double = 90) async throws -> Int32? {
    guard let process else { return nil }
    return try await eventually(seconds: seconds) { process.isRunning ? nil : process.terminationStatus }
  }

  func ask(_ request: ControlRequest) async throws -> ControlAnswer {
    try await ControlClient(socket: socket).ask(request)
  }

  func status() async throws -> StatusAnswer? {
    guard case .status(let status)? = try? await ask(.status) else { return nil }
    return status
  }

  func groups() async throws -> [GroupAnswer] {
    guard case .groups(let groups)? = try? await ask(.groups) else { return [] }
    return groups
  }

  func products() async throws -> [ProductAnswer] {
    guard case .products(let products)? = try? await ask(.products) else { return [] }
    return products
  }

  func items() throws -> [PublishedItem] {
    let (items, damaged) = try Store(path: storePath, readOnly: true).allItems()
    #expect(damaged.isEmpty)
    return items
  }

  /// Waits until so many items are published and nothing is left to do.
  func waitForItems(_ count: Int, seconds: Double = 180) async throws -> [PublishedItem] {
    let items = try await eventually(seconds: seconds) { () -> [PublishedItem]? in
      let items = try self.items()
      guard items.count == count, let status = try await self.status() else { return nil }
      return status.running == nil && status.groups["closed"] ?? 0 == 0 ? items : nil
    }
    if items == nil { Issue.record("\(try self.items().count) items instead of \(count); log:\n\(log)") }
    return items ?? []
  }
}

/// The first value that is not nil, looked for until the time is over.
func eventually<Value>(seconds: Double = 90, _ look: () async throws -> Value?) async throws -> Value? {
  let end = ContinuousClock.now + .seconds(seconds)
  while ContinuousClock.now < end {
    if let value = try await look() { return value }
    try await Task.sleep(for: .milliseconds(50))
  }
  return try await look()
}

/// Small products in a folder beside the drop folder.
func makeProducts(
  _ folder: String, tile: String = "31TCJ", revisits: Int = 3, seed: UInt64 = 1, start: String = "2024-05-03",
  change: (inout SimulationPlan) -> Void = { _ in }
) async throws -> [String] {
  var plan = SmallProducts.plan(revisits: revisits, size: RasterSize(rows: 64, columns: 64), clouds: 0, seed: seed)
  plan.delivery.tile = MGRSTile(tile)
  plan.delivery.isPruned = true
  plan.start = try #require(UTCTime.parse(start + "T00:00:00Z"))
  change(&plan)
  return try await SmallProducts.write(plan, into: folder).map(\.path)
}

func copy(_ path: String, into folder: String, as name: String? = nil) throws {
  let name = name ?? (path as NSString).lastPathComponent
  try FileManager.default.copyItem(atPath: path, toPath: folder + "/" + name)
}

/// Copies to a hidden name and renames: whole at once.
func drop(_ paths: [String], into folder: String) throws {
  for path in paths {
    let name = (path as NSString).lastPathComponent
    try copy(path, into: folder, as: "." + name)
    try FileManager.default.moveItem(atPath: "\(folder)/.\(name)", toPath: "\(folder)/\(name)")
  }
}
