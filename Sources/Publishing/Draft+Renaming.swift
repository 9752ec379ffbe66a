private import Foundation
private import GDALAdapter
private import Storage

extension Draft {
  /// Writes another id of the item into the files that name it: one feature a line.
  static func rename(_ path: String, from old: String, to new: String) throws {
    let temporary = path + ".renamed"
    guard FileManager.default.createFile(atPath: temporary, contents: nil),
      let target = FileHandle(forWritingAtPath: temporary)
    else { throw PublishingError(temporary, "cannot be written") }
    defer { try? Folder.remove(temporary) }
    let (from, to) = (Data("\"item\":\"\(old)\"".utf8), Data("\"item\":\"\(new)\"".utf8))
    var line = Data()
    var failure: (any Error)?
    func write(_ text: Data) {
      var text = text
      var start = text.startIndex
      while let range = text.range(of: from, in: start..<text.endIndex) {
        text.replaceSubrange(range, with: to)
        start = range.lowerBound + to.count
      }
      do { try target.write(contentsOf: text) } catch { failure = failure ?? error }
    }
    try VirtualFile.forEachChunk(of: path, limit: .max) { chunk in
      line.append(contentsOf: chunk)
      guard let end = line.lastIndex(of: UInt8(ascii: "\n")) else { return }
      write(Data(line[...end]))
      line = Data(line[line.index(after: end)...])
    }
    write(line)
    if let failure { throw PublishingError(temporary, "\(failure)") }
    try target.close()
    try DurableFile.move(temporary, to: path)
  }
}
