internal import ArgumentParser
internal import Geometry
internal import Grouping
internal import Networks
internal import Pipeline
internal import Product
internal import Publishing
internal import Settings
internal import Stacking
internal import Synchronization
internal import Workers

/// `supertile run`: products in, published tiles out.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Super-resolve products and publish one item for each tile and window.",
    discussion: """
      The folder of each published item is printed on standard output, one a line; everything else goes to standard \
      error. Running the same products again publishes nothing new; changed inputs publish the next revision. A run \
      can be killed at any moment: nothing incomplete is ever visible in the store.

      Exit status: 0 if everything was published or had been, 1 if the run could not start, 2 if a product is still \
      arriving, 3 if one is refused or does not fit the rest of its tile, 4 if a group has no usable view, 5 if a group \
      failed, 6 if the run was interrupted, 64 for a mistake on the command line. What can be published is published in \
      any case.
      """)

  @Argument(help: ArgumentHelp(".SAFE folders or zip archives, of one or more tiles.", valueName: "product"))
  var products: [String]

  @Option(help: ArgumentHelp("Folder of published items; made where it is missing.", valueName: "folder"))
  var store: String

  @Option(help: ArgumentHelp("Name of the collection in the store (default sentinel-2-sr).", valueName: "name"))
  var collection: String?

  @OptionGroup var selection: SelectionOptions
  @OptionGroup var processing: ProcessingOptions

  func validate() throws {
    if let collection, !StoreLayout.isUsable(collection: collection) {
      throw ValidationError("--collection is \(collection), expected \(StoreLayout.collectionNames)")
    }
  }

  func run() async throws {
    var options = try processing.resolve()
    selection.apply(to: &options)
    if let collection { options.collection = collection }
    // What can fail early fails before the products are looked at.
    let model = try ShippedModel.loadAll(options)
    var store = try Store(path: store, collection: options.collection)
    // The daemon of the same configuration removes old revisions: links to them would lead nowhere some day.
    if let file = processing.config, let settings = try? Settings.load(file), settings.keepRevisions != nil {
      store.linksPredecessors = false
    }
    let workers = WorkerPool(workers: options.workers)
    let display = ProgressDisplay()
    let count = products.count
    let plan = try await makePlan(
      products, options: options, bands: model.card.bands, workers: workers, published: store.publishedGroups(of:)
    ) {
      display.show("looking at products", Double($0) / Double(count))
    }
    display.clear()
    standardError(PlanRecord(plan, options: options, card: model.card).text + "\n")
    let pipeline = Pipeline(
      options: options, model: model, store: store, workers: workers,
      version: Supertile.configuration.version)
    var status = RunStatus(plan)
    var unsaid: (any Error)?
    for group in plan.groups {
      let name = group.group.identifier
      let estimate = Mutex(JobEstimate(buildings: ShippedModel.looksForBuildings(options)))
      let times = Mutex(StepTimes())
      let outcome: GroupOutcome
      do {
        outcome = try await pipeline.run(group) { event in
          switch event {
          case .waitingForTile(let tile):
            display.clear()
            standardError("\(name): waiting for another run that works on tile \(tile)\n")
          case .damagedItem(let text), .replacement(let text):
            display.clear()
            standardError("\(name): \(text)\n")
          case .progress(let step, let share):
            times.withLock { $0.note(step) }
            let left = estimate.withLock {
              $0.note(step, share)
              return $0.secondsLeft()
            }
            display.show("\(name): \(step)", share, secondsLeft: left)
          }
        }
      } catch let error as CancellationError {
        display.clear()
        throw error
      } catch {
        display.clear()
        standardError("\(name): failed: \(error); run it again when that is mended, nothing is published twice\n")
        status.hasFailed = true
        continue
      }
      display.clear()
      // Whoever listens no more stops nothing from being published.
      do { try report(outcome, name, times.withLock { $0.text }) } catch { unsaid = unsaid ?? error }
    }
    if let code = status.code { throw code }
    if let unsaid { throw unsaid }
  }

  private func report(_ outcome: GroupOutcome, _ name: String, _ times: String) throws {
    switch outcome {
    case .nothingUsable:
      standardError("\(name): nothing to publish, no view is usable\n")
    case .unchanged(let item):
      standardError("\(name): already published as \(item.id), nothing has changed\n")
      try printLine(item.folder)
    case .published(let item, let certificate, let leftOut, let standIns):
      for view in leftOut { standardError("\(name): left out \(view.explanation)\n") }
      for view in standIns { standardError("\(name): \(view.name) taken in place of a view that is left out\n") }
      standardError(
        "\(name): published \(item.id)\n\(certificate.text(warning: "; the item says so"))\n\(name): \(times)\n")
      try printLine(item.folder)
    }
  }
}

/// How long each step took.
struct StepTimes {
  private var begun: [(step: String, at: ContinuousClock.Instant)] = []

  mutating func note(_ step: String) {
    if begun.last?.step != step { begun.append((step, .now)) }
  }

  /// `decoding 61 s, super-resolving 1980 s, ...`, up to now.
  var text: String {
    let ends = begun.dropFirst().map(\.at) + [.now]
    return zip(begun, ends).map { "\($0.step) \(($1 - $0.at).components.seconds) s" }.joined(separator: ", ")
  }
}

extension StackedView {
  /// Why a view was left out.
  var explanation: String { "\(name): \(reason ?? "")" }
}
