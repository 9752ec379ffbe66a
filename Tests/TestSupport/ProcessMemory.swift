private import Foundation

/// Memory of this process, bytes (proc(5)).
package enum ProcessMemory {
  /// The most it ever held, or since `forgetPeak`.
  package static func peak() throws -> Int { try field("VmHWM:") }

  package static func current() throws -> Int { try field("VmRSS:") }

  package static func forgetPeak() throws {
    try "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
  }

  private static func field(_ key: String) throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(key) }),
      let kilobytes = Int(line.filter(\.isNumber))
    else { throw CocoaError(.fileReadCorruptFile) }
    return kilobytes * 1024
  }
}
