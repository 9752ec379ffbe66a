import Foundation
import Glibc
import Intake
import Storage
import Testing

/// What is there, but not for this user, is no download that is still running. As root, who may read everything, the
/// checks run as another user, in a process of their own.
@Suite struct PermissionTests {
  let folder = TestFolder()

  @Test func whatMayNotBeReadIsRefused() async throws {
    let sample = SampleProduct()
    let closed = [
      sample.write(in: folder, as: "file.SAFE") + "/" + SampleProduct.metadata,
      sample.write(in: folder, as: "granule.SAFE") + "/GRANULE", sample.write(in: folder, as: "whole.SAFE"),
      sample.write(in: folder, as: "around/inner.SAFE"), sample.zip(in: folder, as: "archive.zip"),
    ]
    let hidden = folder.makeFolder("hidden")
    _ = sample.write(in: folder, as: "hidden/inner.SAFE")
    for path in closed + [hidden] { #expect(chmod(path, 0) == 0) }
    defer { for path in closed + [hidden] { chmod(path, 0o755) } }
    await #expect(processExitsWith: .success) { [path = folder.path as String] in
      _ = seteuid(65534)
      let user = "(uid \(geteuid()))"
      let cases = [
        ("file.SAFE", SampleProduct.metadata, "make it readable for this user"),
        ("granule.SAFE", "MTD_TL.xml", "make the folders on the way to it readable for this user"),
        ("whole.SAFE", "whole.SAFE", "make it readable"), ("around", "inner.SAFE", "make it readable"),
        ("archive.zip", "archive.zip", "make it readable"),
        ("hidden/inner.SAFE", "inner.SAFE", "make the folders on the way to it readable"),
      ]
      for (name, subject, advice) in cases {
        let outcome = intake(path + "/" + name)
        expectRefused(outcome, subject, "(permission denied)")
        expectRefused(outcome, subject, advice)
        expectRefused(outcome, subject, user)
      }
      #expect(FileStatus.of(path + "/hidden/anything")?.kind == .unreachable)
      #expect(FileStatus.of(path + "/nothing") == nil)
      #expect(FileStatus.of(path + "/archive.zip/below a file") == nil)
    }
  }

  /// A disk that fails is no damaged product: nothing is concluded. A process's memory gives EIO at address 0; the speed of
  /// a loopback interface is a file of 4096 bytes that cannot be read.
  @Test(arguments: [("archive.zip", "/proc/self/mem"), ("manifest.safe", "/sys/class/net/lo/speed")])
  func whatTheMachineDoesNotGiveIsLookedAtAgain(name: String, failing: String) throws {
    guard FileStatus.of(failing)?.isReadable == true, (try? FileProbe.check(failing)) == nil else {
      try Test.cancel("no \(failing) on this system")
    }
    let sample = SampleProduct()
    let isArchive = name == "archive.zip"
    let product = isArchive ? folder.path + "/" + name : sample.write(in: folder)
    let file = isArchive ? product : product + "/" + name
    if !isArchive { folder.remove(file) }
    try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: failing)
    let report = examine(product)
    guard case .incomplete(let problems) = report.outcome else {
      Issue.record("\(report.outcome)")
      return
    }
    #expect(report.isUnread && problems.count == 1)
    #expect(problems[0].subject == name && problems[0].found.contains(file))
    #expect(problems[0].advice.contains("mend the disk"))
  }

  @Test func otherObstaclesHaveAdviceOfTheirOwn() throws {
    let sample = SampleProduct()
    let path = sample.write(in: folder)
    let file = path + "/" + sample.image("B02")
    folder.remove(file)
    mkfifo(file, 0o600)
    expectRefused(intake(path), "B02_10m.jp2", "remove the named pipe and copy the file itself to its place")
    folder.remove(file)
    try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: file)
    expectRefused(intake(path), "B02_10m.jp2", "restore what the link led to")
    folder.remove(file)
    try FileManager.default.createDirectory(atPath: file, withIntermediateDirectories: true)
    expectRefused(intake(path), "B02_10m.jp2", "copy the product again")
    expectRefused(intake("/" + String(repeating: "x", count: 300) + ".zip"), "xxx", "file name too long")
  }
}
