internal import ArgumentParser

@main
struct Supertile: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "supertile", abstract: "Sharper maps from Sentinel-2 revisits.", version: "0.1.0",
    subcommands: [
      RunCommand.self, PlanCommand.self, InspectCommand.self, SRCommand.self, EvaluateCommand.self,
      SimulateCommand.self,
    ])
}
