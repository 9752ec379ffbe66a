import Foundation
import Testing

@Suite struct FullDiskTests {
  /// Runs a shell script in a mount namespace of its own, so that what it mounts goes with it.
  private static func run(_ script: String, _ arguments: [String]) -> (status: Int32, text: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
    process.arguments = ["-m", "sh", "-c", script] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    guard (try? process.run()) != nil else { return (-1, "") }
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }

  private static let mount = "mount -t tmpfs -o size=256k none \"$1\""
  private static let canMount = run(mount, ["sh", "/tmp"]).status == 0

  @Test(.enabled(if: canMount, "mounting takes a privileged user"))
  func theMessageTellsThatTheDiskIsFull() throws {
    let folder = try TestFolder()
    let program = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appendingPathComponent("supertile").path
    let script = Self.mount + " && exec \"$0\" simulate -o \"$1/out\" --size 256 --revisits 1"
    let result = Self.run(script, [program, folder.path])
    #expect(result.status == 1)
    #expect(result.text.contains("bytes are free on this file system"), "\(result.text)")
  }
}
