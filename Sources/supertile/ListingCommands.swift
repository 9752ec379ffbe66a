internal import ArgumentParser
internal import Control
internal import Foundation
internal import Geometry
internal import Pipeline
internal import Product

/// `supertile status`: how the daemon is.
struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show how the daemon is and what it works on.",
    discussion: DaemonOptions.statuses)

  @OptionGroup var daemon: DaemonOptions

  func run() async throws {
    guard case .status(let status) = try await daemon.ask(.status) else { return }
    if daemon.json { return try printJSON(status) }
    func counts(_ counts: [String: Int]) -> String {
      let shown = counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
      return shown.isEmpty ? "none" : shown.joined(separator: ", ")
    }
    var lines = [
      "supertiled \(status.version), \(status.mode); started \(UTCTime.seconds(status.started))",
      "watches   \(status.dropFolders.joined(separator: ", "))", "store     \(status.store)",
      "products  \(counts(status.products))", "groups    \(counts(status.groups))", "jobs      \(counts(status.jobs))",
    ]
    if let running = status.running {
      lines.append(
        "at work   job \(running.job), \(running.group): \(running.step) \(Int(running.share * 100)) %, "
          + "since \(UTCTime.seconds(running.started))"
          + (running.secondsLeft.map { ", \(JobEstimate.text($0)) left" } ?? ""))
    }
    if let waiting = status.waiting { lines.append("waiting   \(waiting)") }
    lines += status.problems.map { "problem   \($0)" }
    lines.append("published \(status.published) items, \(status.failures) failed attempts since the start")
    // Names of files are in it, which anybody may have chosen.
    try printLine(lines.map { $0.printable() }.joined(separator: "\n"))
  }
}

/// States of products, as the daemon names them.
enum ProductState: String, CaseIterable, ExpressibleByArgument { case arriving, incomplete, accepted, refused, gone }

/// - Throws: `ValidationError` where a text names no tile.
func tileName(_ text: String) throws -> String {
  guard let tile = MGRSTile(text.uppercased()) else {
    throw ValidationError("\(text) is no MGRS tile such as 31TCJ")
  }
  return tile.name
}

/// `supertile products`: what lies in the drop folders.
struct ProductsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "products", abstract: "List the products in the drop folders, with the reason for their state.",
    discussion: DaemonOptions.statuses)

  @OptionGroup var daemon: DaemonOptions
  @Option(help: "Only this state: arriving, incomplete, accepted, refused or gone.") var state: ProductState?
  @Option(help: "Only this tile.", transform: tileName) var tile: String?

  func run() async throws {
    guard case .products(var products) = try await daemon.ask(.products) else { return }
    products = products.filter { (state?.rawValue ?? $0.state) == $0.state && (tile ?? $0.tile) == $0.tile }
    if daemon.json { return try printJSON(products) }
    var table = Table("STATE", "TILE", "ROLE", "PRODUCT", "REASON")
    let copies = Dictionary(grouping: products, by: \.name)
    for one in products {
      let isCopy = (copies[one.name]?.count ?? 0) > 1
      table.add(one.state, one.tile, one.role, isCopy ? one.location : one.name ?? one.location, one.reason)
    }
    try printLine(table.text)
  }
}

/// `supertile groups`: the groups of revisits and what they wait for.
struct GroupsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "groups", abstract: "List the groups of revisits and what they wait for.",
    discussion: DaemonOptions.statuses)

  @OptionGroup var daemon: DaemonOptions
  @Option(help: "Only this tile.", transform: tileName) var tile: String?

  func run() async throws {
    guard case .groups(var groups) = try await daemon.ask(.groups) else { return }
    groups = groups.filter { (tile ?? $0.tile) == $0.tile }
    if daemon.json { return try printJSON(groups) }
    var table = Table("GROUP", "STATE", "USABLE", "UNTIL", "REASON")
    for one in groups {
      table.add(
        one.id, one.state, "\(one.usable)/\(one.revisits)", one.until.map { UTCTime.seconds($0) },
        one.item.map { "\(one.reason) (\($0))" } ?? one.reason)
    }
    try printLine(table.text)
  }
}

/// `supertile jobs`: work done and to do.
struct JobsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "jobs", abstract: "List the latest 1000 jobs, newest first.", discussion: DaemonOptions.statuses)

  @OptionGroup var daemon: DaemonOptions

  func run() async throws {
    guard case .jobs(let jobs) = try await daemon.ask(.jobs) else { return }
    if daemon.json { return try printJSON(jobs) }
    var table = Table("JOB", "STATE", "GROUP", "ATTEMPTS", "CREATED", "REASON")
    for one in jobs {
      table.add("\(one.id)", one.state, one.group, "\(one.attempts)", UTCTime.seconds(one.created), one.reason)
    }
    try printLine(table.text)
  }
}

/// `supertile explain`: what is it, what does it wait for, until when, what was it used for, why not.
struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Say what a product, tile or group is, what it waits for, and why.",
    discussion: DaemonOptions.statuses)

  @Argument(help: "A tile, a group, a product's name or path, or a job's number.") var subject: String
  @OptionGroup var daemon: DaemonOptions

  func run() async throws {
    let answer = try await daemon.ask(about: subject) { .explain(subject: $0) }
    guard case .explanation(let explanation) = answer else { return }
    if daemon.json { return try printJSON(explanation) }
    var lines = explanation.sentences.map { $0.printable() }
    let isTile = explanation.products.count > 1
    if isTile {
      var table = Table("STATE", "ROLE", "PRODUCT", "REASON")
      for one in explanation.products { table.add(one.state, one.role, one.name ?? one.location, one.reason) }
      lines += ["", table.text]
    }
    if !explanation.history.isEmpty { lines += ["", "What happened, newest first:"] }
    lines += explanation.history.map { "  \(UTCTime.seconds($0.time))  \($0.text.printable())" }
    try printLine(lines.joined(separator: "\n"))
  }
}
