internal import ArgumentParser
internal import Grouping
internal import Networks
internal import Pipeline
internal import Publishing
internal import Storage
internal import Workers

/// `supertile plan`: what a run would do, and why.
struct PlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Show groups, views and anchor, and why each product is in or out.",
    discussion: """
      Exit status: 0 if every product can be used or is superseded, 1 if the plan could not be made or fits no memory, 2 \
      if one is still arriving, 3 if one is refused or does not fit the rest of its tile, 4 if a group has no usable \
      view, 6 if interrupted, 64 for a mistake on the command line.
      """)

  @Argument(help: ArgumentHelp(".SAFE folders or zip archives.", valueName: "product"))
  var products: [String]

  @Option(
    help: ArgumentHelp("Store to plan for: windows that were published from stay as they are.", valueName: "folder"))
  var store: String?

  @Option(help: ArgumentHelp("Name of the collection in that store (default sentinel-2-sr).", valueName: "name"))
  var collection: String?

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var selection: SelectionOptions
  @OptionGroup var processing: ProcessingOptions

  func run() async throws {
    var options = try processing.resolve()
    selection.apply(to: &options)
    if let collection { options.collection = collection }
    let card = try ShippedModel.load(options.model).card
    let store = try store.map { path in
      guard Folder.isFolder(path) else { throw ValidationError("\(path): there is no such store") }
      return try Store(path: path, collection: options.collection, readOnly: true)
    }
    if let layout = store?.layout, !Folder.isFolder(layout.collectionFolder) {
      standardError("note: \(layout.root) has no collection \(layout.collection): nothing was published from yet\n")
    }
    let display = ProgressDisplay()
    let count = products.count
    let plan = try await makePlan(
      products, options: options, bands: card.bands, workers: WorkerPool(workers: options.workers),
      published: { try store?.publishedGroups(of: $0) ?? [:] }
    ) { display.show("looking at products", Double($0) / Double(count)) }
    display.clear()
    let record = PlanRecord(plan, options: options, card: card)
    if json { try printJSON(record) } else { try printLine(printable(record.text)) }
    if let problem = record.groups.compactMap(\.memoryProblem).first {
      standardError("\(problem)\n")
      throw ExitCode.failure
    }
    if let code = RunStatus(plan).code { throw code }
  }
}

/// Exit status of `plan` and `run`.
struct RunStatus {
  var hasFailed = false
  var hasRefused: Bool
  var hasIncomplete: Bool
  var hasUnusable: Bool

  init(_ plan: RunPlan) {
    hasRefused = plan.hasRefused
    hasIncomplete = plan.hasIncomplete
    hasUnusable = plan.groups.contains { $0.selection.views.isEmpty }
  }

  /// Nil for success.
  var code: ExitCode? {
    hasFailed ? ExitCode(5) : hasRefused ? ExitCode(3) : hasIncomplete ? ExitCode(2) : hasUnusable ? ExitCode(4) : nil
  }
}
