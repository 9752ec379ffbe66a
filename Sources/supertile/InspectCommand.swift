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

      Exit status: 0 if every product is complete, 1 if the output cannot be written, 2 if one is still arriving and \
      none is refused, 3 if one is refused, 6 if interrupted, 64 for a mistake on the command line.
      """)

  @Argument(help: ArgumentHelp(".SAFE folders or zip archives.", valueName: "product"))
  var products: [String]

  @Flag(help: "Print an array of JSON objects.")
  var json = false

  @Option(help: ArgumentHelp("Reflectance bands needed, of B02, B03, B04, B08.", valueName: "bands"))
  var bands = "B04,B03,B02"

  @Option(
    help: ArgumentHelp(
      "Scene classes counted as masked; \"paper\" for no data and class 9 alone.", valueName: "classes"))
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
      throw ValidationError(
        "--mask-classes is \"\(maskClasses)\", expected classes 0 to 11 such as 0,1,3,8,9, or paper")
    }
  }

  func run() throws {
    let options = IntakeOptions(bands: bandList, verifyChecksums: checksums)
    let display = ProgressDisplay()
    var records: [InspectionRecord] = []
    for product in products {
      try Task.checkCancellation()
      let name = (product as NSString).lastPathComponent
      let report = examine(product, options: options) {
        let file = ($0.member as NSString).lastPathComponent
        display.show("\(name): \(file)", Double($0.bytesDone) / Double(max($0.bytesTotal, 1)))
      }
      display.clear()
      // Where it was told to end meanwhile, what was found says nothing about the product.
      try Task.checkCancellation()
      let record = InspectionRecord(report, maskClasses: classList ?? [])
      if !json { try printLine((records.isEmpty ? "" : "\n") + printable(record.text)) }
      records.append(record)
    }
    if json { try printJSON(records) }
    let statuses = Set(records.map(\.status))
    if statuses.contains("refused") { throw ExitCode(3) }
    if statuses.contains("incomplete") { throw ExitCode(2) }
  }

  private var bandList: [String] { bands.split(separator: ",").map(String.init) }

  /// Nil where the text is no list of classes.
  private var classList: Set<UInt8>? { supertile.maskClasses(from: maskClasses) }
}
