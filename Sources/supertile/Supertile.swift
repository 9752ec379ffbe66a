internal import ArgumentParser
private import Dispatch
private import Foundation
internal import Pipeline
private import Storage

@main
struct Supertile: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "supertile", abstract: "Sharper maps from Sentinel-2 revisits.", version: SupertileVersion.current,
    subcommands: [
      RunCommand.self, PlanCommand.self, InspectCommand.self, SRCommand.self, FootprintsCommand.self,
      EvaluateCommand.self,
      SimulateCommand.self, BenchCommand.self,
      StatusCommand.self, ProductsCommand.self, GroupsCommand.self, JobsCommand.self, ExplainCommand.self,
      RetryCommand.self, HoldCommand.self, ReleaseCommand.self, FlushCommand.self, DrainCommand.self,
      ReloadCommand.self, CheckConfigCommand.self,
    ])

  /// Runs the command; an interrupt, a request to end or a closed terminal cancels it, so that scratch is removed, and
  /// gives status 6. A second one ends the program at once: the next run cleans up.
  static func main() async {
    StandardStreams.secure()
    let work = Task {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    }
    let sources = ([SIGINT, SIGTERM] + (ignoresHangups() ? [] : [SIGHUP])).map { number in
      interruptSource(number) {
        if work.isCancelled { _exit(ExitCode.interrupted.rawValue) }
        standardError("\ninterrupted: cleaning up\n")
        work.cancel()
      }
    }
    do { try await work.value } catch is CancellationError { exit(withError: ExitCode.interrupted) } catch {
      exit(withError: error)
    }
    withExtendedLifetime(sources) {}
  }
}

/// Whether the program was begun to outlive its terminal, as by `nohup`.
private func ignoresHangups() -> Bool {
  let before = signal(SIGHUP, SIG_IGN)
  defer { _ = signal(SIGHUP, before) }
  return unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
}

/// Calls `handler`, on a thread of its own, for each signal of a kind.
private func interruptSource(_ number: Int32, handler: @escaping @Sendable () -> Void) -> any DispatchSourceSignal {
  signal(number, SIG_IGN)
  let source = DispatchSource.makeSignalSource(signal: number, queue: .global(qos: .userInitiated))
  source.setEventHandler(handler: handler)
  source.activate()
  return source
}

extension ExitCode {
  static let interrupted = ExitCode(6)
}
