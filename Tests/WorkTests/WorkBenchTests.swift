import Foundation
import TestSupport
import Testing
import Work

/// Programs that are worker processes as far as the daemon can see: they read a line and do something.
private func bench(_ script: String, patience: Duration = .seconds(60)) -> WorkBench {
  WorkBench(program: "/bin/sh", arguments: ["-c", script], patience: patience)
}

private func ask(_ bench: WorkBench, _ path: String = "/p") async throws -> WorkAnswer {
  try await bench.ask(.examine(path: path, bands: ["B04"], verifyChecksums: true))
}

@Test func anAnswerReachesWhoAsked() async throws {
  // Two questions are awaited, whichever comes first; the second is answered first.
  let bench = bench(
    """
    read -r a; read -r b
    for line in "$b" "$a"; do
      number=$(echo "$line" | sed 's/.*"number":\\([0-9]*\\).*/\\1/')
      case "$line" in *first*) value=1;; *) value=2;; esac
      echo "{\\"number\\":$number,\\"word\\":{\\"done\\":{\\"_0\\":{\\"counted\\":{\\"_0\\":[$value]}}}}}"
    done
    read -r c
    """)
  async let first = ask(bench, "first")
  async let second = ask(bench, "second")
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
  let folder = try TemporaryFolder()
  let mark = folder.path + "/there"
  let bench = bench("echo x > \(mark); exec sleep 600")
  async let answer = ask(bench)
  let end = ContinuousClock.now + .seconds(60)
  while ContinuousClock.now < end, !FileManager.default.fileExists(atPath: mark) {
    try await Task.sleep(for: .milliseconds(20))
  }
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
