internal import ArgumentParser
internal import Foundation
internal import Networks
internal import Pipeline
internal import Settings
internal import Storage

/// `supertile check-config`: whether a configuration holds, without a daemon.
struct CheckConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check-config", abstract: "Check a configuration of supertile and supertiled.",
    discussion: """
      Exit status: 0 if the configuration holds, 1 if it does not, 64 for a mistake on the command line.
      """)

  @Argument(help: "The configuration.") var file = Settings.defaultPath
  @Flag(help: "Print JSON.") var json = false

  struct Record: Encodable {
    var file: String
    var holds: Bool
    var problem: String?
    var dropFolders: [String]
    var store: String?
  }

  func run() throws {
    let settings: Settings
    do {
      settings = try Settings.load(file)
      do {
        try MemoryPlan.check(settings.run, card: try ShippedModel.loadAll(settings.run).card)
      } catch { throw ConfigurationError(file, "\(error)") }
      try settings.checkFolders(file)
      try settings.checkPlaces(file)
    } catch {
      if json {
        try printJSON(Record(file: file, holds: false, problem: "\(error)", dropFolders: []))
      } else {
        standardError("\(error)\n")
      }
      throw ExitCode.failure
    }
    let folders = settings.dropFolders.map(\.path)
    for folder in folders where FileStatus.of(folder) == nil {
      standardError("\(file): the drop folder \(folder) is not there yet: make it before the daemon starts\n")
    }
    if json { return try printJSON(Record(file: file, holds: true, dropFolders: folders, store: settings.store)) }
    try printLine("\(file): holds; \(folders.joined(separator: ", ")) -> \(settings.store)")
  }
}
