internal import ArgumentParser
internal import Foundation
internal import Grouping
internal import Pipeline
internal import Product
internal import Stacking

/// Choices about products that `run` and `plan` share.
struct SelectionOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Length of a group's window in days (default 60).", valueName: "days"))
  var window: Int?

  @Option(help: ArgumentHelp("UTC day of the revisit to use as anchor, 2024-06-12.", valueName: "date"))
  var anchor: String?

  @Option(
    help: ArgumentHelp(
      "Scene classes that mask a pixel (default 0,1,3,8,9,10,11; \"paper\" for class 9 alone).", valueName: "classes"))
  var maskClasses: String?

  @Flag(inversion: .prefixedNo, help: "Verify the checksums of the files that are used (default: --checksums).")
  var checksums: Bool?

  func validate() throws {
    if let window, !(1...3660).contains(window) {
      throw ValidationError("--window is \(window), expected 1 to 3660 days")
    }
    if let anchor, anchor.count != 10 || UTCTime.parse(anchor + "T00:00:00Z") == nil {
      throw ValidationError("--anchor is \(anchor), expected a day such as 2024-06-12")
    }
    if let maskClasses, supertile.maskClasses(from: maskClasses) == nil {
      throw ValidationError("--mask-classes is \(maskClasses), expected classes 0 to 11 such as 0,1,3,8,9, or paper")
    }
  }

  func apply(to options: inout RunOptions) {
    if let window { options.windowDays = window }
    if let anchor { options.selection.anchorDay = anchor }
    if let maskClasses, let classes = supertile.maskClasses(from: maskClasses) {
      options.masking.maskClasses = classes
    }
    if let checksums { options.verifyChecksums = checksums }
  }
}
