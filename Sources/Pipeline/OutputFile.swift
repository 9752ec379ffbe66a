private import Foundation
private import GDALAdapter
internal import Stacking
internal import Storage

/// A file that a command writes where it was told to.
enum OutputFile {
  /// The path to write: a link is followed to the file it names, folders are resolved as the system does.
  static func resolved(_ path: String) -> String {
    if let real = realpath(path, nil) {
      defer { free(real) }
      return String(cString: real)
    }
    let absolute = Folder.absolute(path)
    guard let parent = realpath(Folder.parent(of: absolute), nil) else { return absolute }
    defer { free(parent) }
    return String(cString: parent) + "/" + (absolute.split(separator: "/").last.map(String.init) ?? "")
  }

  /// The output is a new file or replaces a regular one, and none of the inputs.
  /// - Parameter target: resolved.
  static func check(_ target: String, inputs: [String]) throws(StackingError) {
    guard Folder.isFolder(Folder.parent(of: target)) else {
      throw StackingError("\(target): cannot be written: there is no folder \(Folder.parent(of: target))")
    }
    let type = (try? FileManager.default.attributesOfItem(atPath: target))?[.type] as? FileAttributeType
    if let type, type != .typeRegular {
      throw StackingError(
        "\(target): cannot be written: it is no regular file; choose another output")
    }
    let taken = [target] + companions.map { target + $0 }
    for input in inputs {
      let sources = [input] + ((try? RasterFile.openPlaced(input))?.files ?? [])
      guard let source = sources.map(resolved).first(where: taken.contains) else { continue }
      guard source != target else {
        throw StackingError(
          "\(target): cannot be written: it is the input \(input)\(resolved(input) == target ? "" : ", or a source of it"); "
            + "choose another output")
      }
      throw StackingError(
        "\(target): cannot be written: \(source), which would go with what is there, is the input \(input), or a source of it; "
          + "choose another output")
    }
  }

  /// What describes a raster from beside it.
  private static let companions = [".aux.xml", ".ovr", ".msk"]

  /// Puts a finished file in its place. What describes the file that was there goes: it would describe this one, wrongly.
  /// - Throws: `StorageError`.
  static func replace(_ target: String, with file: String) throws(StorageError) {
    try DurableFile.move(file, to: target)
    for ending in companions where FileStatus.of(target + ending)?.kind == .file { unlink(target + ending) }
  }
}
