import Foundation
import Geometry
import Publishing
import Storage
import Testing
import Writing

@Suite struct CrashTests {
  /// Publishes without end; a thread of its own kills the process after `milliseconds`.
  static func publishUntilKilled(store path: String, template: String, milliseconds: Int, round: Int) throws {
    let store = try Store(path: path)
    Thread.detachNewThread {
      usleep(UInt32(milliseconds * 1000))
      kill(getpid(), SIGKILL)
    }
    for number in 0... {
      try publish(store, identity(group: "g\(number % 3)", fingerprint: "\(round)-\(number)"), template: template)
    }
  }

  @Test("Killed at any moment, the store holds whole items only, and the next run goes on")
  func killed() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/store"
    let template = folder.path + "/template"
    // How long publishing takes on this machine now: the kills are spread over a few times that.
    let start = ContinuousClock.now
    try publish(try Store(path: path), identity(), template: template)
    let taken = Int((ContinuousClock.now - start) / .milliseconds(1))
    var generator = SystemRandomNumberGenerator()
    for round in 0..<16 {
      let milliseconds = Int.random(in: 2...max(90, 6 * taken), using: &generator)
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [
          path = path as String, template = template as String, milliseconds = milliseconds as Int,
          round = round as Int
        ] in
        try CrashTests.publishUntilKilled(
          store: path, template: template, milliseconds: milliseconds, round: round)
      }
      let (items, damaged) = try Store(path: path, readOnly: true).allItems()
      #expect(damaged.isEmpty)
      for item in items { #expect(Folder.list(item.folder).count == 6) }
    }
    let store = try Store(path: path)
    #expect(Folder.list(path + "/.supertile/staging") == [".gate"])
    let last = try #require(try publish(store, identity(fingerprint: "after"), template: template))
    let items = try store.allItems().items
    #expect(items.contains(last))
    #expect(items.count > 2, "the runs were killed before they published anything")
    #expect(items.map(\.revision).sorted() == Array(1...items.count))
    for item in items {
      let sums = try run("/usr/bin/sha256sum", ["--strict", "--quiet", "-c", "SHA256SUMS"], in: item.folder)
      #expect(sums.status == 0, "\(sums.text)")
    }
    let links = try json(path + "/sentinel-2-sr/collection.json")["links"]?.array ?? []
    let groups = Set(items.map(\.group)).count
    #expect(links.filter { $0["rel"] == "item" }.count == groups, "each replaces the one before of its group")
    #expect(try json(path + "/sentinel-2-sr/31/T/CJ/latest.json")["item"]?.string == last.id)
    let leftovers = try FileManager.default.subpathsOfDirectory(atPath: path).filter {
      $0.hasSuffix(".tmp") || ($0.contains("staging/") && !$0.hasSuffix(".gate"))
    }
    #expect(leftovers.isEmpty)
  }
}
