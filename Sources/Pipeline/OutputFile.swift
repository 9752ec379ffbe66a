private import Foundation
internal import Stacking
private import Storage

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
    if let input = inputs.first(where: { resolved($0) == target }) {
      throw StackingError("\(target): cannot be written: it is the input \(input); choose another output")
    }
  }
}
