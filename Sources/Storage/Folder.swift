private import Foundation
internal import Glibc

/// Folders: making, listing, removing.
package enum Folder {
  /// Makes a folder and its parents; nothing happens where it exists.
  /// - Throws: `StorageError`.
  package static func make(_ path: String) throws(StorageError) {
    var partial = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      partial += partial.isEmpty || partial == "/" ? String(part) : "/" + part
      if mkdir(partial, 0o755) == 0 {
        Ownership.giveToParent(partial)
      } else if errno != EEXIST {
        throw StorageError("make folder", partial)
      }
    }
    guard isFolder(path) else { throw StorageError("make folder", path, code: ENOTDIR) }
  }

  package static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Names in a folder, sorted; empty where there is no such folder.
  package static func list(_ path: String) -> [String] {
    (try? entries(path)) ?? []
  }

  /// Names in a folder, sorted; empty where there is no such folder. What cannot be listed is another matter.
  /// - Throws: `StorageError`.
  package static func namesIfAny(_ path: String) throws(StorageError) -> [String] {
    do { return try entries(path) } catch {
      if error.code == ENOENT || error.code == ENOTDIR { return [] }
      throw error
    }
  }

  /// Names in a folder, sorted.
  /// - Throws: `StorageError` where it cannot be listed, also where there is none.
  package static func entries(_ path: String) throws(StorageError) -> [String] {
    var names: [String] = []
    try forEachEntry(path) { name, _ in names.append(String(cString: name)) }
    return names.sorted()
  }

  /// Calls `body` with each name in a folder, as its bytes are, and whether the folder says that it is a folder itself,
  /// which it need not.
  /// - Throws: `StorageError` where it cannot be listed to its end: a part of a folder is not what lies in it.
  package static func forEachEntry(
    _ path: String, _ body: (_ name: UnsafePointer<CChar>, _ isFolder: Bool) -> Void
  ) throws(StorageError) {
    guard let folder = opendir(path) else { throw StorageError("list", path) }
    defer { closedir(folder) }
    try forEachEntry(of: folder, path, body)
  }

  /// The same of what is left in a folder that is being read.
  static func forEachEntry(
    of folder: OpaquePointer, _ path: String, _ body: (_ name: UnsafePointer<CChar>, _ isFolder: Bool) -> Void
  ) throws(StorageError) {
    while true {
      errno = 0
      guard let entry = readdir(folder) else { break }
      let isFolder = entry.pointee.d_type == UInt8(DT_DIR)
      withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { name in
          if strcmp(name, ".") != 0, strcmp(name, "..") != 0 { body(name, isFolder) }
        }
      }
    }
    guard errno == 0 else { throw StorageError("list", path) }
  }

  /// Removes a file, a link or a folder with all it holds; nothing happens where there is none.
  /// - Throws: `StorageError` that names what cannot be removed, in the folder or itself.
  package static func remove(_ path: String) throws(StorageError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    do { try FileManager.default.removeItem(atPath: path) } catch {
      let cause = error as? CocoaError
      guard let code = (cause?.underlying as? POSIXError)?.code else {
        throw StorageError("remove", path, reason: "\(error)")
      }
      throw StorageError("remove", cause?.filePath ?? path, code: code.rawValue)
    }
  }

  /// Removes a folder that holds nothing; another one stays.
  package static func removeIfEmpty(_ path: String) { rmdir(path) }

  /// Removes a symbolic link, and not what it leads to.
  package static func removeLink(_ path: String) throws(StorageError) {
    if unlink(path) != 0, errno != ENOENT { throw StorageError("remove", path) }
  }

  /// Bytes free for this user on the file system of `path`.
  package static func freeBytes(_ path: String) throws(StorageError) -> Int {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { throw StorageError("ask for free space", path) }
    return Int(status.f_bavail) * Int(status.f_frsize)
  }

  /// The file system of `path`: two paths with the same number share their space, and renames work between them.
  package static func device(_ path: String) throws(StorageError) -> UInt {
    var status = stat()
    guard stat(path, &status) == 0 else { throw StorageError("look at", path) }
    return UInt(status.st_dev)
  }

  /// Whether two paths lead to one file or folder, as by a link or a bind mount.
  package static func areSame(_ first: String, _ second: String) -> Bool {
    var (one, other) = (stat(), stat())
    guard stat(first, &one) == 0, stat(second, &other) == 0 else { return false }
    return one.st_dev == other.st_dev && one.st_ino == other.st_ino
  }

  /// Where the process is; where that has no name, as when it was removed, a path that leads there all the same.
  private static var current: String {
    guard let path = getcwd(nil, 0) else { return "/proc/self/cwd" }
    defer { free(path) }
    let text = String(cString: path)
    // Longer paths can be told, but not opened.
    return text.utf8.count < Int(PATH_MAX) / 2 ? text : "/proc/self/cwd"
  }

  /// An absolute path with all links followed, as far as there is something.
  package static func resolved(_ path: String) -> String {
    var (head, tail) = (path, "")
    while head != "/" {
      if let real = realpath(head, nil) {
        defer { free(real) }
        return (String(cString: real) + tail).replacing("//", with: "/")
      }
      guard let slash = head.lastIndex(of: "/") else { break }
      tail = head[slash...] + tail
      head = slash == head.startIndex ? "/" : String(head[..<slash])
    }
    return path
  }

  /// The path made absolute, without `.` and repeated slashes. Links are kept, and so is `..`: after a link it leads
  /// elsewhere than the text says. Only a path that ends in `..` is resolved, since it ends in no name.
  package static func absolute(_ path: String) -> String {
    let full = path.hasPrefix("/") ? path : current + "/" + path
    let parts = full.split(separator: "/").filter { $0 != "." }
    let absolute = "/" + parts.joined(separator: "/")
    guard parts.last == "..", let resolved = realpath(absolute, nil) else { return absolute }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// The folder a path lies in.
  package static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
