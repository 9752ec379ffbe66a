internal import Glibc

/// The memory that the program itself takes.
package enum ProgramMemory {
  /// Lets go of the pages of programs and libraries that were read for work that is done: they are never written to, lie
  /// in the system's cache anyway, and come back one by one when they are needed.
  package static func letGo() {
    guard let file = fopen("/proc/self/maps", "re") else { return }
    defer { fclose(file) }
    var line: UnsafeMutablePointer<CChar>?
    var capacity = 0
    defer { free(line) }
    while getline(&line, &capacity, file) > 0, let line {
      // 55d0b7b83000-55d0b9b83000 r-xp 00001000 fe:00 1234   /usr/bin/supertiled
      let fields = String(cString: line).split(whereSeparator: \.isWhitespace)
      guard fields.count == 6, fields[1] == "r-xp", fields[5].hasPrefix("/") else { continue }
      let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
      guard ends.count == 2, ends[0] < ends[1], let start = UnsafeMutableRawPointer(bitPattern: ends[0]) else {
        continue
      }
      madvise(start, Int(ends[1] - ends[0]), MADV_DONTNEED)
    }
  }
}
