import Foundation
import TestSupport
import Testing
import Work

private func call(_ script: String, limit: Duration = .seconds(60)) -> String? {
  ProgramCall("/bin/sh", ["-c", script], limit: limit).run().problem
}

@Test func aProgramIsRunAndItsEndSaid() {
  #expect(call("exit 0") == nil)
  #expect(call("exit 3") == "/bin/sh ended with status 3")
  #expect(call("kill -9 $$") == "/bin/sh ended by signal 9 (killed)")
  #expect(
    ProgramCall("/no/such", [], limit: .seconds(1)).run()
      == .notBegun("/no/such cannot be run: no such file or directory"))
}

/// What it leaves running is not waited for, and not ended.
@Test func whatAProgramLeavesRunningIsItsOwnAffair() throws {
  let folder = try TemporaryFolder()
  let begin = ContinuousClock.now
  #expect(call("(sleep 2; touch \(folder.path)/later) &") == nil)
  #expect(begin.duration(to: .now) < .seconds(2))
  while begin.duration(to: .now) < .seconds(30), !FileManager.default.fileExists(atPath: folder.path + "/later") {
    usleep(50_000)
  }
  #expect(FileManager.default.fileExists(atPath: folder.path + "/later"))
}

/// One that takes too long is ended with all that it began, also where it does not listen.
@Test func aProgramThatTakesTooLongIsEnded() throws {
  let folder = try TemporaryFolder()
  let script =
    "trap '' TERM; sleep 300 & echo $! > \(folder.path)/child; echo $$ > \(folder.path)/own; wait; wait; sleep 300"
  #expect(call(script, limit: .seconds(3)) == "/bin/sh did not end within 3 s")
  for name in ["child", "own"] {
    let text = try String(contentsOfFile: "\(folder.path)/\(name)", encoding: .utf8)
    let number = try #require(Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    // A child that nobody has waited for yet may still be listed, and one that was killed has yet to be told.
    var status = ""
    for _ in 0..<300 {
      status = (try? String(contentsOfFile: "/proc/\(number)/status", encoding: .utf8)) ?? "State:\tZ"
      if status.contains("State:\tZ") { break }
      usleep(100_000)
    }
    #expect(status.contains("State:\tZ"), "\(status)")
  }
}
