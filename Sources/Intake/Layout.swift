internal import Product

/// Finds the product in a tree and tells what else a tree may be.
enum Layout {
  /// Sets the tree's prefix to where MTD_MSIL2A.xml is, at the top or one folder down.
  /// - Returns: the metadata file's name as spelt there, nil where this is no usable product (`findings` say why).
  static func locate(_ tree: inout ProductTree, findings: inout Findings) -> String? {
    let top = tree.names()
    if let name = metadataName(top) { return name }
    let folders = top.filter { metadataName(tree.names(in: $0)) != nil }
    if folders.count > 1 {
      findings.refuse(
        tree.folderName, found: "\(folders.count) products (\(folders.prefix(3).joined(separator: ", ")))",
        expected: "one product", advice: "name each product by itself")
      return nil
    }
    if let folder = folders.first {
      tree.prefix = folder + "/"
      return metadataName(tree.names(in: folder))
    }
    for folder in top where folder.hasSuffix(".SAFE") {
      guard let obstacle = tree.objection(toFolder: folder) else { continue }
      findings.refuse(folder, found: obstacle.found, expected: "a readable product", advice: obstacle.advice)
      return nil
    }
    let safeFolders = top.filter { $0.hasSuffix(".SAFE") && !tree.names(in: $0).isEmpty }
    if safeFolders.count == 1 { tree.prefix = safeFolders[0] + "/" }
    let names = tree.names(in: String(tree.prefix.dropLast()))
    if let (found, advice) = knownStranger(names, folderName: tree.folderName) {
      findings.refuse(tree.folderName, found: found, expected: "a Level-2A product in SAFE format", advice: advice)
    } else if looksLikeProduct(names, folderName: tree.folderName) {
      findings.lacks("MTD_MSIL2A.xml", found: "no such file", expected: "the product's metadata")
    } else {
      findings.refuse(
        tree.folderName, found: tree.isArchive ? "an archive of other files" : "a folder of other files",
        expected: "a Level-2A product in SAFE format", advice: "give a .SAFE folder or a zip archive of one")
    }
    return nil
  }

  private static func metadataName(_ names: [String]) -> String? {
    names.first { $0 == "MTD_MSIL2A.xml" } ?? names.first { $0.lowercased() == "mtd_msil2a.xml" }
  }

  /// Layouts that are Sentinel-2, but not Level-2A in SAFE format.
  private static func knownStranger(_ names: [String], folderName: String) -> (found: String, advice: String)? {
    let lower = Set(names.map { $0.lowercased() })
    if lower.contains("mtd_msil1c.xml") || ProductName(folderName)?.level == "L1C" {
      return ("a Level-1C product", "Supertile needs surface reflectance: get the Level-2A product of this scene")
    }
    if !lower.isDisjoint(with: ["tileinfo.json", "productinfo.json", "product_metadata.xml"]) {
      return ("the layout of the AWS bucket", "get the product as .SAFE, where manifest.safe vouches for its files")
    }
    let isOld = names.contains {
      $0.hasPrefix("S2") && ($0.contains("_MTD_SAF") || $0.contains("_PRD_MSI")) && $0.hasSuffix(".xml")
    }
    if isOld {
      return ("the format used before December 2016", "get the scene in the compact format, as reprocessed by ESA")
    }
    if !lower.isEmpty, lower.allSatisfy({ $0.hasSuffix(".zip") }) {
      return ("a folder that holds an archive (\(names[0]))", "give the archive itself")
    }
    if lower == ["manifest.safe"] {
      return ("manifest.safe alone", "a manifest is only the list of files: get the files it lists")
    }
    return nil
  }

  private static func looksLikeProduct(_ names: [String], folderName: String) -> Bool {
    ProductName(folderName) != nil || folderName.hasSuffix(".SAFE")
      || names.contains { ["GRANULE", "DATASTRIP", "manifest.safe", "INSPIRE.xml"].contains($0) }
  }
}
