import Foundation
import Storage
import Synchronization
import TestSupport
import Testing
import Watching

/// Collects what a watcher says.
private final class Ear: Sendable {
  let events = Mutex<[DropEvent]>([])
  let problems = Mutex<[String]>([])

  func watcher(_ folders: [String]) -> DropWatcher {
    DropWatcher(
      folders: folders, onEvent: { event in self.events.withLock { $0.append(event) } },
      onProblem: { text in self.problems.withLock { $0.append(text) } })
  }

  /// Whether something is heard within `seconds`.
  func hears(_ seconds: Double = 10, _ what: ([DropEvent], [String]) -> Bool) -> Bool {
    let end = Date().addingTimeInterval(seconds)
    while Date() < end {
      if what(events.withLock { $0 }, problems.withLock { $0 }) { return true }
      usleep(20_000)
    }
    return false
  }

  func forget() { events.withLock { $0 = [] } }
}

/// The library keeps one instance in the process.
@Suite(.serialized) struct DropWatcherTests {
  @Test func aRenameInIsReportedWithItsPath() throws {
    let folder = try TemporaryFolder()
    let drop = folder.path + "/drop"
    try Folder.make(drop)
    let ear = Ear()
    let watcher = ear.watcher([drop])
    defer { watcher.stop() }
    #expect(ear.hears { events, _ in events == [.changed] }, "watch first, then ask for a scan")
    try Data([1]).write(to: URL(fileURLWithPath: folder.path + "/x"))
    #expect(rename(folder.path + "/x", drop + "/a.zip") == 0)
    #expect(ear.hears { events, _ in events.contains(.renamedIn(drop + "/a.zip")) })
    // A program that is being started at this moment, as by another test, may still have the file open: it is closed later.
    usleep(1_200_000)
    ear.forget()
    try Data([1]).write(to: URL(fileURLWithPath: drop + "/b.zip.part"))
    let isHeard = ear.hears(1.5) { events, _ in !events.isEmpty }
    #expect(!isHeard, "halves of copies are no news: \(ear.events.withLock { $0 })")
  }

  @Test func newFoldersAreWatchedAndScanned() throws {
    let folder = try TemporaryFolder()
    let ear = Ear()
    let watcher = ear.watcher([folder.path])
    defer { watcher.stop() }
    #expect(ear.hears { events, _ in !events.isEmpty })
    ear.forget()
    try Folder.make(folder.path + "/monday")
    #expect(ear.hears { events, _ in events.contains(.changed) })
    usleep(1_200_000)
    ear.forget()
    try Data([1]).write(to: URL(fileURLWithPath: folder.path + "/monday/a.zip"))
    #expect(ear.hears { events, _ in !events.isEmpty })
  }

  /// A folder whose name begins with that of another one is no part of it.
  @Test func foldersWithLikeNamesAreWatchedAsDeep() throws {
    let folder = try TemporaryFolder()
    let (first, second) = (folder.path + "/drop", folder.path + "/drop2")
    for path in [first, second] { try Folder.make(path) }
    let ear = Ear()
    let watcher = ear.watcher([first, second])
    defer { watcher.stop() }
    #expect(ear.hears { events, _ in events.contains(.changed) })
    var place = second
    for name in ["x", "y", "z"] {
      ear.forget()
      place += "/" + name
      try Folder.make(place)
      #expect(ear.hears { events, _ in events.contains(.changed) })
      usleep(1_200_000)
    }
    try Data([1]).write(to: URL(fileURLWithPath: folder.path + "/x"))
    #expect(rename(folder.path + "/x", place + "/a.zip") == 0)
    #expect(ear.hears { events, _ in events.contains(.renamedIn(place + "/a.zip")) })
  }

  @Test func aMissingFolderIsAProblemUntilItIsMade() throws {
    let folder = try TemporaryFolder()
    let drop = folder.path + "/later"
    let ear = Ear()
    let watcher = ear.watcher([drop])
    defer { watcher.stop() }
    #expect(ear.hears { _, problems in problems.contains { $0.contains(drop) && $0.contains("make the folder") } })
    try Folder.make(drop)
    #expect(ear.hears { events, _ in events.contains(.changed) })
    #expect(ear.problems.withLock { $0.count } == 1, "one complaint, not one a second")
  }

  @Test func aFloodOverflowsTheQueueAndIsReported() throws {
    let folder = try TemporaryFolder()
    let limit = Int(
      try String(contentsOfFile: "/proc/sys/fs/inotify/max_queued_events", encoding: .utf8)
        .trimmingCharacters(in: .whitespacesAndNewlines))
    let gate = DispatchSemaphore(value: 0)
    let isHeld = Mutex(true)
    let heard = Mutex<Set<String>>([])
    let watcher = DropWatcher(folders: [folder.path]) { event in
      // The first event finds somebody who is busy for long.
      let hold = isHeld.withLock { held in
        defer { held = false }
        return held
      }
      if hold { gate.wait() }
      if event == .overflow { _ = heard.withLock { $0.insert("overflow") } }
    } onProblem: { _ in
    }
    defer { watcher.stop() }
    let file = folder.path + "/a"
    // Until it watches, and is busy.
    let begun = Date().addingTimeInterval(30)
    while Date() < begun, isHeld.withLock({ $0 }) {
      close(open(file, O_CREAT | O_WRONLY, 0o600))
      unlink(file)
      usleep(50_000)
    }
    for _ in 0...(try #require(limit) / 2) {
      let descriptor = open(file, O_CREAT | O_WRONLY, 0o600)
      close(descriptor)
      unlink(file)
    }
    gate.signal()
    let end = Date().addingTimeInterval(30)
    while Date() < end, heard.withLock({ $0.isEmpty }) { usleep(20_000) }
    #expect(heard.withLock { $0.contains("overflow") })
  }
}
