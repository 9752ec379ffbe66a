import Buildings
import Foundation
import GDALAdapter
import Ledger
import Publishing
import Stacking
import Storage
import Supervision
import Testing
import Work
import Writing

private let rules = RetryRules(first: 30, longest: 3600, mostInterruptions: 3)
private let now = Date(timeIntervalSince1970: 0)

@Test func waitsDoubleUpToTheLongest() {
  let waits = (1...10).map { backoff(failures: $0, rules: rules) }
  #expect(waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600])
  #expect(backoff(failures: 1_000_000, rules: rules) == 3600)
  #expect(decide(failure: .environment, failures: 2, rules: rules, now: now) == .retry(at: now.addingTimeInterval(60)))
  #expect(decide(failure: .input, failures: 1, rules: rules, now: now) == .quarantine)
  #expect(decide(failure: .defect, failures: 1, rules: rules, now: now) == .stop)
}

@Test func deathDuringTheSameWorkStopsItInTheEnd() {
  #expect(decide(interruptions: 2, rules: rules) == nil)
  #expect(decide(interruptions: 3, rules: rules) == .stop)
}

/// What did not even begin makes waits longer; it is no death, and none between deaths ends their row.
@Test func onlyDeathsInARowAreDeaths() {
  var row = GroupRow(id: "g", tile: "31TCJ", windowStart: now, windowEnd: now, now: now)
  func fail(_ isDeath: Bool?, of inputs: String = "a") -> [Int] {
    row.takeFailure(.environment, "", of: inputs, isDeath: isDeath)
    return [row.failures, row.deaths]
  }
  #expect((1...3).map { _ in fail(nil) } == [[1, 0], [2, 0], [3, 0]])
  #expect([fail(true), fail(nil), fail(true)] == [[4, 1], [5, 1], [6, 2]])
  #expect([fail(false), fail(true), fail(nil, of: "b")] == [[7, 0], [8, 1], [1, 0]])
  row.forgetFailure()
  #expect(row.failures == 0 && row.deaths == 0)
}

@Test(arguments: [ENOSPC, EIO, ENOMEM, EROFS, EACCES, EDQUOT, EMFILE, ENOTDIR, ENOTEMPTY])
func whatTheSystemLacksHeals(code: Int32) {
  #expect(FailureKind(StorageError("write", "/x", code: code)) == .environment)
}

@Test func errorsAreTakenForWhatTheyAre() {
  func gdal(_ call: String, _ message: String) -> FailureKind {
    FailureKind(GDALError(call: call, path: "/x", message: message))
  }
  #expect(gdal("read", "corrupt code stream") == .input)
  #expect(gdal("read", "Input/output error") == .environment)
  #expect(gdal("open", "No such file or directory") == .environment)
  #expect(gdal("create", "failed; only 12 bytes are free on this file system") == .environment)
  // A file's own name says nothing.
  let odd = "/drop/memory/no space/S2A.SAFE/B04.jp2"
  #expect(FailureKind(GDALError(call: "read", path: odd, message: "\(odd): corrupt code stream")) == .input)
  #expect(FailureKind(GDALError(call: "read", path: "", message: "out of memory")) == .environment)
  // What the work wrote itself and reads back is no product; one that is written to may be whole.
  let own = "/store/.supertile/staging/S2A-abc123/S2A_SR.tif"
  #expect(
    FailureKind(GDALError(call: "read band 1", path: own, message: "TIFFReadEncodedTile() failed")) == .environment)
  #expect(FailureKind(RewrittenFile(path: "/drop/S2A.SAFE/B04.jp2")) == .environment)
  #expect(FailureKind(StackingError("the anchor has no clear pixel")) == .input)
  #expect(FailureKind(BuildingError("/x", "has more than 8000000 areas")) == .input)
  #expect(FailureKind(PublishingError("/x", "lacks a file")) == .environment)
  #expect(FailureKind(WritingError("/x", "is not a cloud optimised GeoTIFF")) == .environment)
  #expect(FailureKind(StorageError("open", "/x", code: EBADF)) == .defect)
  struct Surprise: Error {}
  #expect(FailureKind(Surprise()) == .defect)
}
