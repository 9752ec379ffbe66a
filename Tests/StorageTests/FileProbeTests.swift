import Foundation
import Storage
import TestSupport
import Testing

@Test func aFileProbeTellsTheMachineFromTheFile() throws {
  let folder = try TemporaryFolder()
  let path = "\(folder.path)/any"
  try Data(repeating: 7, count: 3_000_000).write(to: URL(fileURLWithPath: path))
  try FileProbe.check(path)
  // Moved or removed meanwhile: nothing to be said of it.
  try FileProbe.check("\(folder.path)/none")
  // Memory at address 0 is what no process has.
  let error = #expect(throws: StorageError.self) { try FileProbe.check("/proc/self/mem") }
  #expect(error?.code == EIO && error?.operation == "read")
}

/// Of a file of terabytes, as a download reserves them, only what was looked at is read.
@Test func onlyTheEndsAreProbedWhereNoMoreWasRead() throws {
  let folder = try TemporaryFolder()
  let path = folder.path + "/large"
  try Data("PK".utf8).write(to: URL(fileURLWithPath: path))
  let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
  try file.truncate(atOffset: 1 << 42)
  try file.close()
  try FileProbe.check(path, ends: 2 << 20)
  try FileProbe.check(path, ends: 3)
  try FileProbe.check("\(folder.path)/none", ends: 1)
}
