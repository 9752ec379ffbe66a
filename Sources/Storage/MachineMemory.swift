private import Foundation

/// The memory that a process may use: that of the machine, or less where its control groups (systemd's `MemoryMax=` and
/// `MemoryHigh=`, a container's limit) allow less. A plan that ignores them ends with the process killed.
package enum MachineMemory {
  /// Bytes.
  package static var bytes: Int {
    limited(
      physical: Int(clamping: ProcessInfo.processInfo.physicalMemory), membership: "/proc/self/cgroup",
      hierarchy: "/sys/fs/cgroup")
  }

  /// - Parameters:
  ///   - physical: bytes of the machine.
  ///   - membership: file with the line `0::/path` of the unified hierarchy (cgroups(7)).
  ///   - hierarchy: where that hierarchy is mounted; `memory.max` and `memory.high` hold bytes or `max`.
  package static func limited(physical: Int, membership: String, hierarchy: String) -> Int {
    guard
      let line = text(membership)?.split(separator: "\n").first(where: { $0.hasPrefix("0::/") })
    else { return physical }
    // A group may use no more than each group around it.
    var parts = line.dropFirst("0::/".count).split(separator: "/")
    var least = physical
    while true {
      let group = ([hierarchy[...]] + parts).joined(separator: "/")
      for name in ["memory.max", "memory.high"] {
        if let limit = text("\(group)/\(name)").flatMap(Int.init), limit > 0 { least = min(least, limit) }
      }
      guard parts.popLast() != nil else { return least }
    }
  }

  private static func text(_ path: String) -> String? {
    FileManager.default.contents(atPath: path).map {
      String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
  }
}
