internal import ArgumentParser

/// `supertile evaluate`: how good images are.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measure how near images come to a truth, and to their anchor.",
    discussion: """
      `supertile evaluate IMAGE TRUTH` measures one image; `supertile evaluate set SET.json -o DIR` a whole set of \
      scenes and methods, with tables, charts and pictures. `supertile evaluate buildings PREDICTED TRUTH` and `supertile \
      evaluate buildings-set SET.json -o DIR` do the same for building footprints.

      Exit status: 0 if everything was evaluated, 1 if not, 6 if interrupted, 64 for a mistake on the command line.
      """,
    subcommands: [
      EvaluateImageCommand.self, EvaluateSetCommand.self, EvaluateBuildingsCommand.self,
      EvaluateBuildingSetCommand.self,
    ], defaultSubcommand: EvaluateImageCommand.self)
}
