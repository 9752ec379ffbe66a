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
