internal import ArgumentParser
internal import Foundation
internal import Intake
internal import Product

/// `supertile inspect`: what the intake thinks of products, without using them.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Say what products are and whether they can be used.",
    discussion: """
      Checks .SAFE folders and zip archives as the pipeline does: metadata, sizes and digests of manifest.safe, \
      images. Nothing is written. A product that cannot be used does not keep the others from being looked at.

      Exit status: 0 if every product is complete, 2 if one is still arriving and none is refused, 3 if one is \
      refused, 64 for a mistake on the command line.
      """)

  @Argument(help: ArgumentHelp(".SAFE folders or zip archives.", valueName: "product"))
  var products: [String]

  @Flag(help: "Print an array of JSON objects.")
  var json = false

  @Option(help: ArgumentHelp("Reflectance bands needed, of B02, B03, B04, B08.", valueName: "bands"))
  var bands = "B04,B03,B02"

  @Option(help: ArgumentHelp("Scene classes counted as masked.", valueName: "classes"))
  var maskClasses = SceneClass.defaultMask.sorted().map { "\($0)" }.joined(separator: ",")

  @Flag(inversion: .prefixedNo, help: "Recompute the digests of the files that are used.")
  var checksums = true

  mutating func validate() throws {
    guard !bandList.isEmpty, Set(bandList).count == bandList.count,
      Set(bandList).isSubset(of: IntakeOptions.tenMetreBands)
    else {
      throw ValidationError(
        "--bands takes some of \(IntakeOptions.tenMetreBands.joined(separator: ",")), each once, not \(bands)")
    }
    guard classList != nil else {
      throw ValidationError("--mask-classes takes classes 0 to 11 separated by commas, not \(maskClasses)")
    }
  }

  func run() throws {
    let options = IntakeOptions(bands: bandList, verifyChecksums: checksums)
    var records: [InspectionRecord] = []
    for product in products {
      let line = ProgressLine(name: (product as NSString).lastPathComponent)
      let report = examine(product, options: options) { line.show($0) }
      line.clear()
      let record = InspectionRecord(report, maskClasses: classList ?? [])
      if !json { print((records.isEmpty ? "" : "\n") + record.text) }
      records.append(record)
    }
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      print(String(decoding: try encoder.encode(records), as: UTF8.self))
    }
    let statuses = Set(records.map(\.status))
    if statuses.contains("refused") { throw ExitCode(3) }
    if statuses.contains("incomplete") { throw ExitCode(2) }
  }

  private var bandList: [String] { bands.split(separator: ",").map(String.init) }

  /// Nil where the text is no list of classes.
  private var classList: Set<UInt8>? {
    let classes = maskClasses.split(separator: ",").map { UInt8($0) }
    guard classes.allSatisfy({ $0.map { $0 <= 11 } ?? false }) else { return nil }
    return Set(classes.compactMap(\.self))
  }
}

/// One line on a terminal that says what takes so long; nothing in a log or a pipe.
private final class ProgressLine {
  private let name: String
  private let isTerminal = isatty(STDERR_FILENO) != 0
  private let start = ContinuousClock.now
  private var last = ContinuousClock.now
  private var isShown = false

  init(name: String) { self.name = name }

  func show(_ progress: IntakeProgress) {
    let now = ContinuousClock.now
    guard isTerminal, now - start > .seconds(1), now - last > .milliseconds(200) else { return }
    last = now
    isShown = true
    let file = (progress.member as NSString).lastPathComponent
    write("\r\u{1b}[K\(name): \(file), \(progress.bytesDone >> 20) of \(progress.bytesTotal >> 20) MB")
  }

  func clear() {
    if isShown { write("\r\u{1b}[K") }
  }

  private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
