import Foundation
import TestSupport
import Testing
import Work

/// Programs that are worker processes as far as the daemon can see: they read a line and do something.
private func bench(_ script: String, patience: Duration = .seconds(60)) -> WorkBench {
  WorkBench(program: "/bin/sh", arguments: ["-c", script], patience: patience)
}

private func ask(_ bench: WorkBench) async throws -> WorkAnswer {
  try await bench.ask(.examine(path: "/p", bands: ["B04"], verifyChecksums: true))
}

@Test func anAnswerReachesWhoAsked() async throws {
  let bench = bench(
    #"read a; read b; echo '{"number":2,"word":{"done":{"_0":{"counted":{"_0":[2]}}}}}'; echo '{"number":1,"word":{"done":{"_0":{"counted":{"_0":[1]}}}}}'; read c"#
  )
  // The second question is answered first.
  async let first = ask(bench)
  try await Task.sleep(for: .milliseconds(200))
  async let second = ask(bench)
  guard case .counted([1]) = try await first, case .counted([2]) = try await second else {
    Issue.record("answers went astray")
    return
  }
}

@Test func aProcessThatDiesIsReportedToWhoWaits() async throws {
  let early = await #expect(throws: WorkerDeath.self) { try await ask(bench("read a; kill -9 $$")) }
  #expect(early?.ending == "ended by signal 9 (killed)" && early?.hadBegun == false)
  let late = await #expect(throws: WorkerDeath.self) {
    try await ask(bench(#"read a; echo '{"number":1,"word":{"began":{}}}'; kill -11 $$"#))
  }
  #expect(late?.hadBegun == true && late?.description.contains("signal 11") == true)
  let leaving = await #expect(throws: WorkerDeath.self) { try await ask(bench("read a; exit 3")) }
  #expect(leaving?.ending == "ended with status 3")
}

@Test func nonsenseEndsTheProcess() async throws {
  let death = await #expect(throws: WorkerDeath.self) { try await ask(bench("read a; echo nonsense; exec sleep 600")) }
  #expect(death?.ending == "ended by signal 9 (killed)")
}

@Test func theNextQuestionFindsANewProcess() async throws {
  let folder = try TemporaryFolder()
  let script =
    #"echo x >> \#(folder.path)/n; read a; [ $(wc -l < \#(folder.path)/n) -ge 2 ] || exit 1; "#
    + #"echo '{"number":1,"word":{"done":{"_0":{"counted":{"_0":[]}}}}}'; read b"#
  let bench = bench(script)
  await #expect(throws: WorkerDeath.self) { try await ask(bench) }
  _ = try await ask(bench)
}

@Test func whoeverIsKilledSaysWhy() async throws {
  let bench = bench("exec sleep 600")
  async let answer = ask(bench)
  try await Task.sleep(for: .milliseconds(300))
  bench.kill("ended for a test")
  do {
    _ = try await answer
    Issue.record("an answer from a dead process")
  } catch let death as WorkerDeath { #expect(death.description == "the worker process was ended for a test") }
}

@Test func anIdleProcessIsLetGo() async throws {
  let folder = try TemporaryFolder()
  // Ends when its input does, and leaves a note.
  let bench = bench(
    #"read a; echo '{"number":1,"word":{"done":{"_0":{"counted":{"_0":[]}}}}}'; read b; echo x > \#(folder.path)/gone"#,
    patience: .milliseconds(200))
  _ = try await ask(bench)
  let end = ContinuousClock.now + .seconds(60)
  while ContinuousClock.now < end, !FileManager.default.fileExists(atPath: folder.path + "/gone") {
    try await Task.sleep(for: .milliseconds(50))
  }
  #expect(FileManager.default.fileExists(atPath: folder.path + "/gone"))
}

@Test func whereNoProgramIsNothingIsStarted() async throws {
  let bench = WorkBench(program: "/no/such/program", arguments: [])
  let death = await #expect(throws: WorkerDeath.self) { try await ask(bench) }
  #expect(death?.description.contains("/no/such/program: no such file") == true)
}
