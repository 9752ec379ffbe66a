import Control
import Foundation
import Publishing
import Simulation
import TestSupport
import Testing

/// Drop folders that are copied, or dropped into no more: what lies in the old one is seen by no scan.
extension DaemonTests {
  /// Starts a daemon whose configuration names a folder beside the one where it found products.
  private func turn(_ daemon: RunningDaemon, to folder: String, from old: String? = nil) async throws {
    let text = try String(contentsOfFile: daemon.configuration, encoding: .utf8)
    try Data(text.replacing("path: \(old ?? daemon.drop),", with: "path: \(folder),").utf8)
      .write(to: URL(fileURLWithPath: daemon.configuration))
    try await say(.reload, to: daemon)
  }

  private func startDrained(_ daemon: RunningDaemon, with paths: [String]) async throws {
    try drop(paths, into: daemon.drop)
    try daemon.start()
    _ = try await eventually { try await daemon.status() }
    try await say(.drain(isOn: true), to: daemon)
    try await waitForRoles(paths.count, of: daemon)
  }

  /// Waits until so many products that are there have a role.
  private func waitForRoles(_ count: Int, of daemon: RunningDaemon) async throws {
    let isPlanned = try await eventually(seconds: 40) { () -> Bool? in
      try await daemon.products().count { $0.state == "accepted" && $0.role != nil } == count ? true : nil
    }
    #expect(isPlanned == true, "\(daemon.log.suffix(3000))")
  }

  /// A disk is copied to another one, and wiped later. A revisit of which the other part comes then is read where it is;
  /// what was held stays so.
  @Test func aDropFolderThatIsCopiedIsReadWhereItIsNow() async throws {
    let daemon = try RunningDaemon("lateness_days: 0")
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 3) { $0.splitRevisits = [2] }
    try #require(paths.count == 4)
    let (late, held) = (paths[2], paths[3])
    try await startDrained(daemon, with: [paths[0], paths[1], held])
    let file = (held as NSString).lastPathComponent
    try await say(.hold(subject: "\(daemon.drop)/\(file)"), to: daemon)
    let other = daemon.folder.path + "/copied"
    try FileManager.default.copyItem(atPath: daemon.drop, toPath: other)
    try await turn(daemon, to: other)
    let isCopied = try await eventually { () -> Bool? in
      let rows = try await daemon.products().filter { $0.location.hasPrefix(other + "/") }
      return rows.count == 3 && rows.allSatisfy { $0.state == "accepted" } ? true : nil
    }
    #expect(isCopied == true, "\(daemon.log.suffix(3000))")
    try await waitForRoles(4, of: daemon)
    let rows = try await daemon.products()
    #expect(rows.allSatisfy { ($0.role == "duplicate") == $0.location.hasPrefix(daemon.drop + "/") || $0.role == nil })
    #expect(
      rows.contains { $0.location == "\(other)/\(file)" && $0.reason.hasPrefix("held by the operator") },
      "\(rows.map { "\($0.location) \($0.reason)" })")
    try FileManager.default.removeItem(atPath: daemon.drop)
    try drop([late], into: other)
    try await say(.drain(isOn: false), to: daemon)
    let items = try await daemon.waitForItems(1)
    // Of three, two are parts of one revisit.
    #expect(items.first?.products.count == 3, "\(daemon.log.suffix(3000))")
    #expect(try await daemon.status()?.problems == [])
  }

  /// What is held in the copy comes from nowhere else, nor when the copy is moved, after the first folder was wiped.
  @Test func aHoldInACopyOutlivesItsNextMove() async throws {
    let daemon = try RunningDaemon()
    try daemon.configure(["lateness_days: 0"], drop: ", on_done: delete")
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 2)
    try await startDrained(daemon, with: paths)
    let (copy, moved) = (daemon.folder.path + "/copy", daemon.folder.path + "/moved")
    try FileManager.default.copyItem(atPath: daemon.drop, toPath: copy)
    try await turn(daemon, to: copy)
    try await waitForRoles(4, of: daemon)
    let file = (paths[1] as NSString).lastPathComponent
    try await say(.hold(subject: "\(copy)/\(file)"), to: daemon)
    let isKeptBack = try await eventually { () -> Bool? in
      let rows = try await daemon.products()
      let isHeld = rows.contains { $0.location == "\(copy)/\(file)" && $0.role == nil }
      return isHeld && rows.contains { $0.location == "\(daemon.drop)/\(file)" && $0.role == "duplicate" } ? true : nil
    }
    #expect(isKeptBack == true, "\(daemon.log.suffix(3000))")
    #expect(try await daemon.groups().first?.usable == 1)
    try FileManager.default.removeItem(atPath: daemon.drop)
    try FileManager.default.moveItem(atPath: copy, toPath: moved)
    try await turn(daemon, to: moved, from: copy)
    let isFollowed = try await eventually {
      try await daemon.products().contains {
        $0.location == "\(moved)/\(file)" && $0.reason.hasPrefix("held by the operator")
      } ? true : nil
    }
    #expect(isFollowed == true, "\(daemon.log.suffix(3000))")
    try await say(.drain(isOn: false), to: daemon)
    let items = try await daemon.waitForItems(1)
    #expect(items.first?.products.count == 1)
    let isDone = try await eventually {
      FileManager.default.fileExists(atPath: "\(moved)/\(name(of: paths[0])).SAFE") ? nil : true
    }
    #expect(isDone == true)
    #expect(FileManager.default.fileExists(atPath: "\(moved)/\(file)"))
  }

  /// A part whose folder is no drop folder any more is deleted, and its scene classes are wanted.
  @Test func aPartThatIsGoneWhereNobodyLooksKeepsNoTileFromBeingPlanned() async throws {
    let daemon = try RunningDaemon("lateness_days: 0")
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 2) { $0.splitRevisits = [2] }
    try #require(paths.count == 3)
    try await startDrained(daemon, with: [paths[0], paths[1]])
    let other = daemon.folder.path + "/other"
    try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
    try await turn(daemon, to: other)
    let lost = "\(daemon.drop)/\((paths[1] as NSString).lastPathComponent)"
    try FileManager.default.removeItem(atPath: lost)
    try drop([paths[2]], into: other)
    let isGone = try await eventually {
      try await daemon.products().contains { $0.location == lost && $0.state == "gone" } ? true : nil
    }
    #expect(isGone == true, "\(daemon.log.suffix(3000))")
    try await waitForRoles(2, of: daemon)
    #expect(try await daemon.status()?.problems == [])
    try await say(.drain(isOn: false), to: daemon)
    let blocked = try await eventually { try await daemon.groups().first { $0.state == "blocked" } }
    #expect(blocked?.reason.contains(name(of: paths[1])) == true, "\(daemon.log.suffix(3000))")
    // It comes back, as with its disk.
    try drop([paths[1]], into: daemon.drop)
    try await say(.retry(subject: "31TCJ"), to: daemon)
    #expect(try await daemon.waitForItems(1).first?.products.count == 3)
  }
}
