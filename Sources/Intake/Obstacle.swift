internal import Storage

/// Something that cannot be read in the place of a file or folder, and what to do about it.
struct Obstacle: Equatable {
  let found: String
  let advice: String

  static let repeatedMember = Obstacle(
    found: "two members of this name",
    advice: "make the archive again with every file once, or download the product again")
  static let folderInArchive = Obstacle(
    found: "a folder", advice: "a folder is where the file belongs, download the product again")

  private init(found: String, advice: String) {
    self.found = found
    self.advice = advice
  }

  init(_ status: FileStatus) {
    let kind = status.kind.rawValue
    let user = "this user (uid \(FileStatus.userID))"
    let reason = status.reason.map { " (\($0))" } ?? ""
    switch status.kind {
    case .file, .folder:
      if status.isReadable {
        self.init(found: "a \(kind)", advice: "a \(kind) is where the file belongs, copy the product again")
      } else {
        self.init(
          found: "a \(kind) that cannot be read\(reason)",
          advice: status.isForbidden ? "make it readable for \(user)" : "check the file system that it lies on")
      }
    case .unreachable:
      self.init(
        found: "a \(kind)\(reason)",
        advice: status.isForbidden
          ? "make the folders on the way to it readable for \(user)" : "check the file system that it lies on")
    case .deadLink:
      self.init(found: "a \(kind)", advice: "restore what the link led to, or copy the file itself to its place")
    case .pipe, .socket, .device, .other:
      self.init(found: "a \(kind)", advice: "remove the \(kind) and copy the file itself to its place")
    }
  }
}
