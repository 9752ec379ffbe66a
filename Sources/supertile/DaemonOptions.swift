internal import ArgumentParser
internal import Control
internal import Foundation
internal import Product
internal import Settings
internal import Storage

/// How the daemon is asked and how its answer is shown.
struct DaemonOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Socket of the daemon (default: as in the configuration, /run/supertile/control.sock).", valueName: "path"))
  var socket: String?

  @Flag(help: "Print JSON.")
  var json = false

  /// - Throws: `ControlError` where nobody answers; `ExitCode` 2 for an unknown subject, 3 where the daemon refuses.
  func ask(_ request: ControlRequest) async throws -> ControlAnswer {
    try told(try await heard(request))
  }

  private func heard(_ request: ControlRequest) async throws -> ControlAnswer {
    do { return try await ControlClient(socket: path).ask(request) } catch let error as ControlError {
      standardError("\(error)\n")
      throw ExitCode.failure
    }
  }

  private func told(_ answer: ControlAnswer) throws -> ControlAnswer {
    switch answer {
    case .unknown(let text):
      standardError("\(text)\n")
      throw ExitCode(2)
    case .refused(let text):
      standardError("\(text)\n")
      throw ExitCode(3)
    default: return answer
    }
  }

  private var path: String {
    if let socket { return socket }
    if let path = ProcessInfo.processInfo.environment["SUPERTILE_SOCKET"], !path.isEmpty { return path }
    return (try? Settings.load(Settings.defaultPath).socket) ?? Settings().socket
  }

  /// Asks for something to be done and prints what was.
  func command(_ request: ControlRequest) async throws {
    guard case .done(let text) = try await ask(request) else { return }
    if json { try printJSON(["done": text]) } else { try printLine(text.printable()) }
  }

  /// What a subject may be called by the daemon. A path that is there is meant as it is seen from here: by the way the
  /// shell came, through links, or by where it lies.
  private static func names(of text: String) -> [String] {
    guard text.contains("/"), FileStatus.of(text) != nil else { return [text] }
    let way = ProcessInfo.processInfo.environment["PWD"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    let shown = way.flatMap { Folder.resolved($0) == Folder.resolved(Folder.absolute(".")) ? $0 : nil }
    let plain = shown.map { Folder.absolute(text.hasPrefix("/") ? text : $0 + "/" + text) }
    let absolute = Folder.absolute(text)
    return ([plain].compactMap(\.self) + [absolute, Folder.resolved(absolute), text])
  }

  /// Asks about a subject by the first of its names that the daemon knows.
  /// - Throws: as the other.
  func ask(about subject: String, _ request: (String) -> ControlRequest) async throws -> ControlAnswer {
    let names = Self.names(of: subject)
    for name in names.dropLast() {
      let answer = try await heard(request(name))
      if case .unknown = answer { continue }
      return try told(answer)
    }
    return try await ask(request(names[names.count - 1]))
  }

  /// Asks for something to be done about a subject and prints what was.
  func command(about subject: String, _ request: (String) -> ControlRequest) async throws {
    guard case .done(let text) = try await ask(about: subject, request) else { return }
    if json { try printJSON(["done": text]) } else { try printLine(text.printable()) }
  }

  static let statuses = """
    Exit status: 0 if the daemon answered, 1 if nobody answers, 2 if it does not know the subject, 3 if it refuses, 64 \
    for a mistake on the command line.
    """
}
