internal import ArgumentParser
internal import Work

/// The worker process: what the daemon starts to open products in. Not for people.
struct Worker: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "work", abstract: "Do the daemon's bidding on standard input.", shouldDisplay: false)

  func run() async throws { await WorkServer.serve() }
}
