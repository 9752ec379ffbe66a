import Foundation
import Storage
import TestSupport
import Testing

private func touch(_ path: String) { _ = FileManager.default.createFile(atPath: path, contents: Data("x".utf8)) }

@Test func checkpointsOutliveAJobThatIsKeptOrKilledAndNoOther() throws {
  let folder = try TemporaryFolder()
  var job: CheckpointFolder? = try CheckpointFolder(in: folder.path, owner: "31TCJ", key: "aaa")
  let path = try #require(job).path
  touch(path + "/mosaic.f32")
  job?.keep()
  job = nil
  #expect(Folder.exists(path + "/mosaic.f32"))
  job = try CheckpointFolder(in: folder.path, owner: "31TCJ", key: "aaa")
  #expect(job?.path == path && Folder.exists(path + "/mosaic.f32"), "the same key finds it again")
  job = nil
  #expect(!Folder.exists(path), "a job that ended leaves nothing")
}

@Test func anotherKeyOfTheSameOwnerRemovesWhatIsOfNoUse() throws {
  let folder = try TemporaryFolder()
  func left(_ owner: String, _ key: String) throws -> String {
    let job = try CheckpointFolder(in: folder.path, owner: owner, key: key)
    job.keep()
    touch(job.path + "/mosaic.f32")
    return job.path
  }
  let stale = try left("31TCJ", "aaa")
  let other = try left("31TDH", "bbb")
  let old = try left("31TDJ", "ccc")
  let longAgo = Date(timeIntervalSinceNow: -15 * 86_400)
  try FileManager.default.setAttributes([.modificationDate: longAgo], ofItemAtPath: old)
  let running = try CheckpointFolder(in: folder.path, owner: "31TCK", key: "ddd")
  try FileManager.default.setAttributes([.modificationDate: longAgo], ofItemAtPath: running.path)
  let next = try CheckpointFolder(in: folder.path, owner: "31TCJ", key: "eee")
  #expect(!Folder.exists(stale), "the inputs changed")
  #expect(Folder.exists(other), "another tile may be resumed")
  #expect(!Folder.exists(old), "nobody came back for two weeks")
  #expect(Folder.exists(running.path), "a living job is left alone")
  withExtendedLifetime((running, next)) {}
}

@Test func whatNobodyWillResumeIsDiscarded() throws {
  let folder = try TemporaryFolder()
  let killed = try CheckpointFolder(in: folder.path, owner: "31TCJ", key: "aaa")
  killed.keep()
  let path = killed.path
  try CheckpointFolder.discard(in: folder.path, owner: "31TCJ")
  #expect(Folder.exists(path), "a living job is left alone")
  let left: String
  do {
    let other = try CheckpointFolder(in: folder.path, owner: "31TDJ", key: "aaa")
    other.keep()
    left = other.path
  }
  try CheckpointFolder.discard(in: folder.path, owner: "31TCJ")
  #expect(Folder.exists(left), "another tile may be resumed")
  try CheckpointFolder.discard(in: folder.path, owner: "31TDJ")
  #expect(!Folder.exists(left))
  withExtendedLifetime(killed) {}
  let empty = try TemporaryFolder()
  try CheckpointFolder.discard(in: empty.path, owner: "31TCJ")
  #expect(try FileManager.default.contentsOfDirectory(atPath: empty.path).isEmpty)
}

/// Waiting would keep everybody else from making scratch; sharing would remove the folder under a living job.
@Test func twoJobsNeverShareAFolder() throws {
  let folder = try TemporaryFolder()
  let first = try CheckpointFolder(in: folder.path, owner: "31TCJ", key: "aaa")
  let error = #expect(throws: StorageError.self) {
    try CheckpointFolder(in: folder.path, owner: "31TCJ", key: "aaa")
  }
  #expect(error?.description.contains("another process works there") == true)
  let other = try CheckpointFolder(in: folder.path, owner: "31TCJ-b", key: "aaa")
  #expect(Folder.exists(first.path) && first.path != other.path)
}
