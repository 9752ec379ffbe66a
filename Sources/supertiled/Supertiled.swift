internal import ArgumentParser
internal import Foundation
internal import Ledger
internal import Logging
internal import Pipeline
internal import Settings
private import Storage
internal import SystemdAdapter

/// The daemon: watches drop folders, publishes tiles.
@main
struct Supertiled: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "supertiled", abstract: "Watch drop folders for Sentinel-2 products and publish sharper tiles.",
    discussion: """
      Runs in the foreground and logs to standard error, or to the journal under systemd. SIGHUP reads the \
      configuration again; SIGTERM and SIGINT stop in good order: a job that is running is given up and goes on after \
      the next start. `supertile status` and its sisters ask it.

      Exit status: 0 after a stop, 1 if it could not start or had to give up, 64 for a mistake on the command line, \
      78 if the configuration does not hold.
      """, version: SupertileVersion.current, subcommands: [Worker.self])

  @Option(help: ArgumentHelp("YAML configuration.", valueName: "file"))
  var config = Settings.defaultPath

  @Flag(help: "Log every product that is seen, too.")
  var verbose = false

  static func main() async {
    StandardStreams.secure()
    await main(nil)
  }

  func run() async throws {
    // Until it can be obeyed: what is asked for is about to be read anyway.
    signal(SIGHUP, SIG_IGN)
    let verbose = verbose
    LoggingSystem.bootstrap { _ -> any LogHandler in
      if JournalLogHandler.isConnected { return JournalLogHandler(identifier: "supertiled") }
      return StandardErrorLogHandler(level: verbose ? .debug : .info)
    }
    let log = Logger(label: "supertiled")
    let settings: Settings
    do { settings = try Daemon.loadSettings(config) } catch {
      log.error("\(error)")
      throw ExitCode(78)
    }
    do {
      try await Daemon(settings: settings, configuration: config, log: log).run()
    } catch let error as ConfigurationError {
      log.error("\(error)")
      throw ExitCode(78)
    } catch {
      log.error("\(error)")
      throw ExitCode.failure
    }
  }
}
