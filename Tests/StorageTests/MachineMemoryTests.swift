import Foundation
import Storage
import TestSupport
import Testing

/// A hierarchy of groups with the files that are given, and the process in the group `a/b`.
private func limited(_ files: [String: String], membership: String = "1:name=systemd:/\n0::/a/b\n") throws -> Int {
  let folder = try TemporaryFolder()
  try FileManager.default.createDirectory(atPath: folder.path + "/groups/a/b", withIntermediateDirectories: true)
  for (name, text) in files { try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder.path)/groups/\(name)")) }
  try Data(membership.utf8).write(to: URL(fileURLWithPath: folder.path + "/membership"))
  return MachineMemory.limited(
    physical: 1000, membership: folder.path + "/membership", hierarchy: folder.path + "/groups")
}

@Test func theLeastLimitOfTheGroupsCounts() throws {
  #expect(try limited([:]) == 1000)
  #expect(try limited(["a/b/memory.max": "max\n", "a/b/memory.high": "max\n"]) == 1000)
  #expect(try limited(["a/b/memory.max": "700\n", "a/b/memory.high": "max\n"]) == 700)
  #expect(try limited(["a/b/memory.max": "700\n", "a/b/memory.high": "600\n"]) == 600)
  #expect(try limited(["a/b/memory.max": "700\n", "a/memory.max": "500\n"]) == 500)
  #expect(try limited(["a/b/memory.max": "5000\n"]) == 1000)
  #expect(try limited(["memory.max": "300\n"]) == 300)
}

@Test func withoutAUnifiedHierarchyTheMachineCounts() throws {
  #expect(try limited(["a/b/memory.max": "700\n"], membership: "4:memory:/a/b\n") == 1000)
  #expect(MachineMemory.limited(physical: 1000, membership: "/nonexistent", hierarchy: "/nonexistent") == 1000)
  #expect(MachineMemory.bytes > 0)
}
