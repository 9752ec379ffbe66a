internal import ArgumentParser
internal import Control

/// `supertile retry`.
struct RetryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retry", abstract: "Try again what has failed: look at products anew, work on groups anew.",
    discussion: DaemonOptions.statuses)

  @Argument(help: "A tile, a group, a product's name or path, or a job's number.") var subject: String
  @OptionGroup var daemon: DaemonOptions

  func run() async throws { try await daemon.command(about: subject) { .retry(subject: $0) } }
}

/// `supertile hold`.
struct HoldCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hold", abstract: "Keep a tile or group from being worked on, or a product from taking part.",
    discussion: "A job that is at work on it is given up.\n\n" + DaemonOptions.statuses)

  @Argument(help: "A tile, a group, or a product's name or path.") var subject: String
  @OptionGroup var daemon: DaemonOptions

  func run() async throws { try await daemon.command(about: subject) { .hold(subject: $0) } }
}

/// `supertile release`.
struct ReleaseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "release", abstract: "Let go on what is held.", discussion: DaemonOptions.statuses)

  @Argument(help: "What was held.") var subject: String
  @OptionGroup var daemon: DaemonOptions

  func run() async throws { try await daemon.command(about: subject) { .release(subject: $0) } }
}

/// `supertile flush`.
struct FlushCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "flush",
    abstract: "Close the groups of a tile now and publish what there is, without products that are gone.",
    discussion: DaemonOptions.statuses)

  @Argument(help: "A tile or a group.") var subject: String
  @OptionGroup var daemon: DaemonOptions

  func run() async throws { try await daemon.command(about: subject) { .flush(subject: $0) } }
}

/// `supertile drain`.
struct DrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drain", abstract: "Let the running job end and begin no other, until --off or a restart.",
    discussion: DaemonOptions.statuses)

  @Flag(help: "Begin jobs again.") var off = false
  @OptionGroup var daemon: DaemonOptions

  func run() async throws { try await daemon.command(.drain(isOn: !off)) }
}

/// `supertile reload`.
struct ReloadCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reload",
    abstract: "Let the daemon read its configuration again; one that does not hold changes nothing.",
    discussion: DaemonOptions.statuses)

  @OptionGroup var daemon: DaemonOptions

  func run() async throws { try await daemon.command(.reload) }
}
