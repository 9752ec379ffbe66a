internal import Geometry
internal import Product
internal import Storage

/// Looks at what an operator handed in and decides whether it can be used. Never throws, never writes, never
/// unpacks an archive.
package func intake(_ path: String, options: IntakeOptions = IntakeOptions()) -> IntakeOutcome {
  examine(path, options: options).outcome
}

/// `intake` with what was learnt on the way.
/// - Parameter progress: called about once per megabyte while digests are computed.
package func examine(
  _ path: String, options: IntakeOptions = IntakeOptions(), progress: @escaping (IntakeProgress) -> Void = { _ in }
) -> IntakeReport {
  guard !path.isEmpty else {
    let problem = IntakeProblem(
      subject: "path", found: "an empty path", expected: "a .SAFE folder or a zip archive", advice: "check the path")
    return IntakeReport(location: path, name: nil, outcome: .refused([problem]), notes: [], files: [])
  }
  var examination = Examination(location: Folder.absolute(path), options: options, progress: progress)
  let product = examination.run()
  return examination.report(product)
}

/// One product on its way through the checks, in the order of what depends on what.
private struct Examination {
  let location: String
  let options: IntakeOptions
  let progress: (IntakeProgress) -> Void
  var findings = Findings()
  var name: String?
  var files: [CheckedFile] = []
  var needed: Set<String> = []

  init(location: String, options: IntakeOptions, progress: @escaping (IntakeProgress) -> Void) {
    self.location = location
    self.options = options
    self.progress = progress
    name = ProductName(MemberPath.fileName(location))?.stem
  }

  func report(_ product: Product?) -> IntakeReport {
    let outcome: IntakeOutcome =
      // What was not read may be why other things seem wrong.
      if let product { .accepted(product) } else if !findings.unread.isEmpty {
        .incomplete(findings.unread)
      } else if !findings.refusals.isEmpty { .refused(findings.refusals) } else { .incomplete(findings.missing) }
    return IntakeReport(
      location: location, name: name, outcome: outcome, notes: findings.notes, files: files,
      isUnread: !findings.unread.isEmpty)
  }

  mutating func run() -> Product? {
    guard checkOptions(), var tree = ProductTree.open(location, findings: &findings) else { return nil }
    let metadataName = Layout.locate(&tree, findings: &findings)
    name = ProductName(tree.folderName)?.stem ?? name
    guard let metadataName else { return nil }
    let manifest = readManifest(tree)
    let checker = FileChecker(
      tree: tree, manifest: manifest, verifyChecksums: options.verifyChecksums, progress: progress)
    guard let document = document(metadataName, checker) else { return nil }
    name = UserProduct.statedName(document) ?? name
    guard let user = UserProduct.read(document, findings: &findings) else { return nil }
    noteName(tree, user)
    let classification = findings.attempt { () throws(IntakeProblem) in
      try user.imageFile("SCL", resolution: "20m", document)
    }
    let bandFiles = options.bands.map { band in
      findings.attempt { () throws(IntakeProblem) in try user.imageFile(band, resolution: "10m", document) }
    }
    guard let classification, !bandFiles.contains(nil) else { return nil }
    let granule = classification.split(separator: "/").prefix(2).joined(separator: "/")
    let tile = readTile(granule + "/MTD_TL.xml", user, checker)
    let images = (bandFiles.compactMap(\.self) + [classification]).map { check($0, .image, checker) }
    noteOthers(tree, manifest)
    guard findings.isClean, let tile, !images.contains(where: { $0 == nil }) else { return nil }
    return assemble(user, tile, document, images.compactMap(\.self), isStub: manifest?.isStub == true)
  }

  private mutating func checkOptions() -> Bool {
    let bands = options.bands
    guard !bands.isEmpty, Set(bands).count == bands.count, Set(bands).isSubset(of: IntakeOptions.tenMetreBands) else {
      findings.refuse(
        "bands", found: bands.isEmpty ? "none" : bands.joined(separator: ","),
        expected: "some of \(IntakeOptions.tenMetreBands.joined(separator: ",")), each once",
        advice: "ask for bands that exist at 10 m")
      return false
    }
    return true
  }

  private mutating func readManifest(_ tree: ProductTree) -> Manifest? {
    let member = tree.names(in: String(tree.prefix.dropLast())).first { $0.lowercased() == "manifest.safe" }
    let reader = FileChecker(tree: tree, manifest: nil, verifyChecksums: false, progress: progress)
    guard let content = reader.check(member ?? "manifest.safe", .metadata, findings: &findings) else { return nil }
    if !content.head.reversed().drop(while: { $0 <= 32 }).starts(with: ">UDFX".utf8) {
      findings.lacks("manifest.safe", found: "a document that stops early", expected: "a document up to </xfdu:XFDU>")
      return nil
    }
    let manifest = findings.attempt { () throws(IntakeProblem) in
      try Manifest(try Document(file: "manifest.safe", bytes: content.head))
    }
    if manifest?.isStub == true {
      findings.note(
        "manifest.safe is a stub, as in Planetary Computer copies: its sizes and digests are not those of the files; "
          + (options.verifyChecksums
            ? "images are decoded in full instead, which shows damage in a GeoTIFF, but not inside JPEG 2000 code blocks"
            : "nothing is verified"))
    } else if manifest != nil, !options.verifyChecksums {
      findings.note("digests were not verified, as asked for")
    }
    return manifest
  }

  private mutating func check(_ member: String, _ kind: FileChecker.Kind, _ checker: FileChecker)
    -> FileChecker.Content?
  {
    needed.insert(member.lowercased())
    let content = checker.check(member, kind, findings: &findings)
    if let content { files.append(content.file) }
    return content
  }

  private mutating func document(_ member: String, _ checker: FileChecker) -> Document? {
    guard let content = check(member, .metadata, checker) else { return nil }
    return findings.attempt { () throws(IntakeProblem) in
      try Document(file: MemberPath.fileName(member), bytes: content.head)
    }
  }

  private mutating func readTile(_ member: String, _ user: UserProduct, _ checker: FileChecker) -> TileMetadata? {
    guard let document = document(member, checker) else { return nil }
    return TileMetadata.read(
      document, tile: user.name.tile, datatakeStart: user.datatakeStart, maxTileSize: options.maxTileSize,
      findings: &findings)
  }

  private mutating func assemble(
    _ user: UserProduct, _ tile: TileMetadata, _ document: Document, _ images: [FileChecker.Content], isStub: Bool
  ) -> Product? {
    let half = RasterSize(rows: tile.grid.size.rows / 2, columns: tile.grid.size.columns / 2)
    var bands: [ReflectanceBand] = []
    for (band, content) in zip(options.bands, images) {
      let checked: ReflectanceBand? = findings.attempt { () throws(IntakeProblem) in
        let offset = try user.radiometry.offset(ofBand: band, document)
        try ImageChecker(content: content, size: tile.grid.size)
          .checkBand(decoding: isStub && options.verifyChecksums)
        return ReflectanceBand(
          name: band, file: ProductFile(content.file), addOffset: offset,
          quantification: user.radiometry.quantification)
      }
      if let checked { bands.append(checked) }
    }
    guard let classification = images.last else { return nil }
    let counts = findings.attempt { () throws(IntakeProblem) in
      try ImageChecker(content: classification, size: half).countClasses()
    }
    guard findings.isClean, let counts else { return nil }
    return Product(
      name: user.name.stem, location: location, mission: user.name.mission, tile: user.name.tile,
      baseline: user.baseline, datatakeStart: user.datatakeStart, sensingTime: tile.sensingTime,
      generationTime: user.generationTime, relativeOrbit: user.name.relativeOrbit, datastrip: tile.datastrip,
      grid: tile.grid, bands: bands, sceneClassification: ProductFile(classification.file),
      sceneClassCounts: counts, statedNoDataPercent: user.noDataPercent, statedCloudPercent: user.cloudPercent,
      notes: findings.notes)
  }

  // MARK: Notes

  private mutating func noteName(_ tree: ProductTree, _ user: UserProduct) {
    let stem = ProductName(tree.folderName)?.stem
    guard stem != user.name.stem else { return }
    findings.note("\(tree.folderName) holds \(user.name.stem), going by PRODUCT_URI")
  }

  /// Files that manifest.safe lists and nobody needs: gone after pruning, or cut short.
  private mutating func noteOthers(_ tree: ProductTree, _ manifest: Manifest?) {
    guard let manifest, !manifest.isStub else { return }
    var absent: [String] = []
    var odd: [String] = []
    for item in manifest.all where !needed.contains(item.member.lowercased()) {
      switch tree.entry(item.member) {
      case .missing: absent.append(item.member)
      case .file(let size) where size == item.size: break
      default: odd.append(item.member)
      }
    }
    for (members, what) in [(absent, "absent"), (odd, "of another size than there")] where !members.isEmpty {
      let some = members.prefix(3).map(MemberPath.fileName).joined(separator: ", ")
      findings.note(
        "\(members.count) files that manifest.safe lists and Supertile does not need are \(what): \(some)"
          + (members.count > 3 ? ", ..." : ""))
    }
  }
}

extension ProductFile {
  init(_ file: CheckedFile) {
    self.init(path: file.path, member: file.member, size: file.size, digest: file.digest)
  }
}
