private import Foundation
internal import GDALAdapter
package import Geometry
internal import Grouping
package import Networks
package import Product
package import Publishing
internal import Raster
internal import Stacking
internal import Storage
internal import SuperResolution
package import Workers
internal import Writing

/// What became of one group.
package enum GroupOutcome: Sendable {
  /// A new item lies in the store.
  /// - Parameter standIns: views that took the places of those that were left out.
  case published(PublishedItem, Certificate, leftOut: [StackedView], standIns: [StackedView])
  /// The same inputs were published before, in the same way.
  case unchanged(PublishedItem)
  /// No view is usable: nothing to publish.
  case nothingUsable
}

/// What would be published was published before, as turns out when the views are looked at.
private struct PublishedBefore: Error {
  let item: PublishedItem
}

/// What a run says while it works.
package enum RunEvent: Sendable {
  case waitingForTile(MGRSTile)
  /// Something lies in the store that cannot be read as an item: a sentence.
  case damagedItem(String)
  /// An item that is no more what it was is published anew: a sentence.
  case replacement(String)
  /// A step of the work and the share of it that is done, 0 to 1.
  case progress(String, Double)
}

/// The pipeline: from the plan of one group to its published item, top to bottom.
///
/// watch -> intake -> grouping -> plan come before it (`makePlan`); here follow stack -> super-resolve -> blend ->
/// write -> buildings -> publish. Nothing is visible in the store until the last step, a single rename.
package struct Pipeline: Sendable {
  package let options: RunOptions
  package let model: Model
  package let store: Store
  package let workers: WorkerPool
  /// Supertile's own version, for the item's record.
  package let version: String
  /// What tells programs apart: none goes on with what another one has begun.
  package let program: String

  package init(
    options: RunOptions, model: Model, store: Store, workers: WorkerPool, version: String,
    program: String = SupertileVersion.program
  ) {
    self.options = options
    self.model = model
    self.store = store
    self.workers = workers
    self.version = version
    self.program = program
  }

  /// An anchor that cannot be decoded, shows nothing, or is an outlier among the views is left out like any other view, and
  /// the next best one is chosen.
  /// - Throws: `GDALError`, `RewrittenFile`, `StorageError`, `StackingError`, `WritingError`, `PublishingError`,
  ///   `CancellationError`.
  package func run(
    _ group: RunPlan.Group, report: @escaping @Sendable (RunEvent) -> Void = { _ in }
  ) async throws -> GroupOutcome {
    var (left, lost) = (group, [LostAnchor]())
    while true {
      do { return try await run(left, of: group, without: lost, report: report) } catch let error as AnchorGivenUp {
        left = error.group
        lost.append(error.anchor)
      }
    }
  }

  /// - Parameters:
  ///   - group: as it is left without the anchors that are lost.
  ///   - whole: the group as it was asked for.
  private func run(
    _ group: RunPlan.Group, of whole: RunPlan.Group, without lost: [LostAnchor],
    report: @escaping @Sendable (RunEvent) -> Void
  ) async throws -> GroupOutcome {
    // Plan: which views, which anchor, and whether this very item was published before.
    let views = group.selection.views
    let reserves = group.selection.reserves
    guard let anchor = views.first?.revisit, let anchorPart = anchor.parts.first else { return .nothingUsable }
    let lock = try await lock(group.group.tile, report: report)
    defer { withExtendedLifetime(lock) {} }
    for damage in try await workers.run({ try store.items(of: group.group.tile).damaged }) {
      report(.damagedItem(damage.ofDamagedItem))
    }
    let buildings = try await workers.run { try BuildingStage(options) }
    let parameters = options.parameters.merging(buildings.parameters(options)) { own, _ in own }
    let identity = try identity(of: group, anchor: anchor, parameters, without: lost)
    let (scratchParent, owner) = workplace(of: group)
    let draft: Draft
    switch try await workers.run({ try store.prepare(identity) }) {
    case .unchanged(let item):
      // Whoever published it may have been killed before it had cleared away.
      try? CheckpointFolder.discard(in: scratchParent, owner: owner)
      try? ScratchFolder.sweep(in: scratchParent)
      return .unchanged(item)
    case .publish(let new):
      draft = new
      if let complaint = new.complaint { report(.replacement(complaint)) }
    }
    let memory = try MemoryPlan(
      options, views: views.count, card: model.card, buildings: ShippedModel.looksForBuildings(options),
      size: anchorPart.grid.size)
    let workers = workers.limited(to: memory.workers)
    let scratch = try ScratchFolder(in: scratchParent)
    defer { withExtendedLifetime(scratch) {} }
    // Rows of tiles that a job of the same inputs finished before it was cut off are not computed again.
    let key = try fingerprint(
      views: whole.selection.views, model: options.method == .highresnet ? model : nil, parameters: parameters)
    let kept = try CheckpointFolder(in: scratchParent, owner: owner, key: String(key.prefix(24)))
    defer { if Task.isCancelled, RowCheckpoints.hasFinishedRows(in: kept.path) { kept.keep() } }
    var givenUp = GivenUpAnchors(rememberedIn: kept.path)
    if lost.count < givenUp.causes.count, let next = group.givingUpAnchor(for: givenUp.causes[lost.count], options) {
      kept.keep()
      throw next
    }

    // Stack -> super-resolve -> blend -> write.
    let grid = anchorPart.grid.refined(by: model.card.factor)
    let (built, certificate, outline): (BuiltStack, Certificate, [PlanarPoint])
    do {
      (built, certificate, outline) = try await image(
        group.selection, into: draft, of: identity, grid: grid, kept: kept, anchorsLost: lost.count, memory: memory,
        scratch: scratch.path, workers: workers, report: report)
    } catch let error as PublishedBefore {
      return .unchanged(error.item)
    } catch let error {
      let fault = (error as? StackingError)?.anchorFault
      let cause = fault.map { GDALError.anchorFault($0, of: anchorPart.location) } ?? error as? GDALError
      guard let cause, let next = group.givingUpAnchor(for: cause, options) else { throw error }
      try givenUp.add(cause)
      kept.keep()
      throw next
    }

    // Buildings.
    var description = description(
      of: built, views + reserves, without: lost,
      neverClear: try await workers.run { try built.stack.neverClearFraction() },
      grid: grid, outline: outline, certificate: certificate, parameters)
    description.buildings = try await buildings.run(
      draft, identity, description, options: options, store: store, tileSide: memory.buildingTileSide,
      scratch: scratch.path,
      workers: self.workers.limited(to: memory.buildingWorkers)
    ) { report(.progress($0, $1)) }

    // Publish.
    report(.progress("publishing", 1))
    description.groupBegan = group.began
    description.fingerprint = stackFingerprints(identity.fingerprint, of: built, group.selection)[0]
    let described = description
    let item = try await workers.run {
      try Thumbnail.write(of: draft.path(of: .superResolved), to: draft.path(of: .thumbnail))
      return try draft.publish(described)
    }
    let leftOut = built.leftOut + lost.enumerated().map { $1.view(index: views.count + reserves.count + $0) }
    return .published(item, certificate, leftOut: leftOut, standIns: built.used.filter { $0.index >= views.count })
  }

  /// The rasters of the item, and the outline of what any view saw. Reserves take the places of views that are left out. A
  /// view that turns out not to be decodable half way is left out from the start, as if that had been known: there is no
  /// image of which a part comes from other views than it says.
  private func image(
    _ selection: ViewSelection, into draft: Draft, of identity: ItemIdentity, grid: GridGeometry,
    kept: CheckpointFolder, anchorsLost: Int, memory: MemoryPlan, scratch: String, workers: WorkerPool,
    report: @escaping @Sendable (RunEvent) -> Void
  ) async throws -> (BuiltStack, Certificate, [PlanarPoint]) {
    let candidates = selection.views + selection.reserves
    var undecodable = UndecodableViews(rememberedIn: kept.path, anchors: anchorsLost, candidates: candidates)
    while true {
      // Stack: open, mosaic split datastrips, mask, register, harmonise; most is decoded when the network wants it.
      report(.progress("decoding", 0))
      let attempt = "\(scratch)/attempt-\(undecodable.causes.count)"
      try Folder.make(attempt)
      let rules = options.masking
      let built = try await buildStack(
        names: candidates.map { $0.revisit.key.description }, wanted: selection.views.count,
        keepsAnchor: selection.keepsAnchor(options.selection), undecodable: undecodable.causes,
        maxShift: options.maxShift, filling: model.card.normalisation.mean,
        scratch: attempt, workers: workers
      ) { index in
        let revisit = candidates[index].revisit
        return try RevisitSource(
          parts: revisit.parts, rules: rules, scratch: attempt, name: revisit.key.description)
      } progress: {
        report(.progress("decoding", $0))
      }

      // Super-resolve, blend, agree with the anchor, write, and measure what was written.
      let made = stackFingerprints(identity.fingerprint, of: built, selection)
      if !built.leftOut.isEmpty {
        // Of these very views something may be published, whatever else was tried before they were found.
        var known = identity
        known.fingerprint = made[0]
        let others = Array(made.dropFirst())
        switch try await workers.run({ [known] in try store.prepare(known, or: others) }) {
        case .unchanged(let item): throw PublishedBefore(item: item)
        case .publish(let other): if let complaint = other.complaint { report(.replacement(complaint)) }
        }
      }
      let checkpoints = RowCheckpoints(
        folder: kept.path, identity: "\(made[0]) program \(program) views \(built.used.map(\.index))")
      let method: Method = options.method == .bicubic ? .bicubic : .network(model)
      let begun = try await workers.run {
        try BegunMosaic(
          of: built.stack, with: method, coreSide: memory.tileSide, scratch: attempt, checkpoints: checkpoints)
      }
      let writer = try RasterWriter(
        grid: grid, bandNames: model.card.bands,
        targets: RasterTargets(
          superResolved: draft.path(of: .superResolved), mask: draft.path(of: .mask), views: draft.path(of: .views)),
        metadata: metadata(of: built, candidates), scratch: attempt)
      do {
        let certificate = try await superResolveAndWrite(
          built.stack, with: method, into: begun, rule: options.consistency, pointSpread: pointSpread,
          writer: writer, compression: options.cogCompression, workers: workers
        ) { report(.progress($0, $1)) }
        return (built, certificate, writer.outline)
      } catch let error as UndecodableView {
        try undecodable.add(built.used[error.index].index, error.cause)
      }
    }
  }

  /// Which item comes of a group: by its anchor, and by what it is made of and how.
  private func identity(
    of group: RunPlan.Group, anchor: Revisit, _ parameters: [String: JSONValue], without lost: [LostAnchor]
  ) throws -> ItemIdentity {
    var digest = try fingerprint(
      views: group.selection.views, model: options.method == .highresnet ? model : nil, parameters: parameters)
    // What could not be decoded is part of what is published: when it can be, there is something new to publish.
    if !lost.isEmpty { digest = Self.digest(of: digest, without: lost.flatMap(\.inputs).map(\.product)) }
    return ItemIdentity(
      tile: group.group.tile, mission: anchor.key.mission, relativeOrbit: anchor.key.relativeOrbit,
      anchorDatatakeStart: anchor.key.datatakeStart, anchorSensingTime: anchor.sensingTime,
      group: group.group.identifier, fingerprint: digest)
  }

  /// The fingerprint of a stack, and others under which the same was published by earlier versions.
  /// - Parameter own: of the views that were chosen.
  private func stackFingerprints(_ own: String, of built: BuiltStack, _ selection: ViewSelection) -> [String] {
    if built.leftOut.isEmpty { return [own] }
    let (used, reserves) = (built.used.map(\.index), selection.views.count)
    let standIns = used.filter { $0 >= reserves }.map { selection.reserves[$0 - reserves] }
    let made = fingerprint(own, used: used.filter { $0 < reserves }, standIns: standIns)
    let undecodable = built.leftOut.filter { $0.isUndecodable && $0.index < reserves }.map(\.index)
    return standIns.isEmpty && !undecodable.isEmpty ? [made, Self.digest(of: own, without: undecodable)] : [made]
  }

  /// Where a group is worked on, and under which name: stores and collections that share a scratch folder have their own
  /// checkpoints, since the tile's lock is that of one store.
  private func workplace(of group: RunPlan.Group) -> (scratch: String, owner: String) {
    let place = Digester.hexadecimal(.sha256, of: "\(store.layout.root)\n\(options.collection)".utf8)
    return (options.scratch ?? store.layout.privateFolder, "\(group.group.identifier)-\(place.prefix(8))")
  }

  /// What every raster of the item says of itself, as TIFF 6.0 has fields for: for who gets the file alone.
  private func metadata(of built: BuiltStack, _ views: [AssessedRevisit]) -> [String: String] {
    let times = built.used.map { views[$0.index].revisit.sensingTime }
    return [
      "TIFFTAG_COPYRIGHT": SentinelNotice.text(times), "TIFFTAG_SOFTWARE": "supertile \(version)",
      "TIFFTAG_DATETIME": UTCTime.tiff(times[0]),
    ]
  }

  /// What the item says of itself, but for its buildings.
  /// - Parameters:
  ///   - views: those to choose from; `built` counts them.
  ///   - neverClear: share of what was seen and never clear, 0 to 1.
  private func description(
    of built: BuiltStack, _ views: [AssessedRevisit], without lost: [LostAnchor], neverClear: Double,
    grid: GridGeometry, outline: [PlanarPoint], certificate: Certificate, _ parameters: [String: JSONValue]
  ) -> ItemDescription {
    // The anchor is among them.
    let times = built.used.map { views[$0.index].revisit.sensingTime }
    return ItemDescription(
      windowStart: times.min() ?? views[0].revisit.sensingTime, windowEnd: times.max() ?? views[0].revisit.sensingTime,
      grid: grid, outline: outline, bands: model.card.bands.map(ItemBand.named),
      inputs: built.used.flatMap { inputs($0, views) },
      leftOut: built.leftOut.flatMap { inputs($0, views) } + lost.flatMap(\.inputs), certificate: certificate,
      model: modelIdentity, parameters: parameters, cloudCoverPercent: 100 * neverClear, softwareVersion: version,
      maskClasses: PixelOrigin.allCases.map {
        MaskClass(value: Int($0.rawValue), name: $0.name, description: $0.explanation)
      })
  }

  /// Waits for the tile, unless cancelled.
  private func lock(_ tile: MGRSTile, report: @Sendable (RunEvent) -> Void) async throws -> FileLock {
    var isTold = false
    while true {
      if let lock = try await workers.run({ try store.tryLockTile(tile) }) { return lock }
      if !isTold { report(.waitingForTile(tile)) }
      isTold = true
      try await Task.sleep(for: .milliseconds(300))
    }
  }

  private static func digest(of fingerprint: String, without left: [some CustomStringConvertible]) -> String {
    Digester.hexadecimal(.sha256, of: "\(fingerprint) without \(left)".utf8)
  }

  private var pointSpread: PointSpread {
    PointSpread(mtfAtNyquist: model.card.sensorModel.mtfAtNyquist, factor: model.card.factor)
  }

  private var modelIdentity: ModelIdentity {
    options.method == .bicubic
      ? ModelIdentity(name: "bicubic", version: version, sha256: "")
      : ModelIdentity(name: model.card.name, version: model.card.version, sha256: model.card.weights.sha256)
  }

  /// One input a product: a revisit in two parts has two.
  private func inputs(_ stacked: StackedView, _ views: [AssessedRevisit]) -> [ItemInput] {
    let revisit = views[stacked.index].revisit
    return revisit.parts.map {
      ItemInput(
        product: $0.name, role: stacked.index == 0 ? .anchor : .view, sensingTime: $0.sensingTime,
        shiftRows: stacked.shift?.rows, shiftColumns: stacked.shift?.columns,
        colours: stacked.harmonisation.map(ViewColours.init),
        reason: stacked.reason.map(revisit.withoutFolders))
    }
  }
}

extension Revisit {
  /// A text without the folders that the products lie in: those of this machine are nobody's business.
  func withoutFolders(_ text: String) -> String {
    parts.reduce(text) { $0.replacingOccurrences(of: Folder.parent(of: $1.location) + "/", with: "") }
  }
}

extension ViewColours {
  init(_ harmonisation: Harmonisation) {
    self.init(
      gain: harmonisation.gain.map { Double($0) }, offset: harmonisation.offset.map { Double($0) },
      isAtLimit: harmonisation.isAtLimit)
  }
}

extension ItemBand {
  static func named(_ name: String) -> ItemBand {
    redGreenBlue.first { $0.name == name } ?? ItemBand(name: name, commonName: name == "B08" ? "nir" : name)
  }
}
