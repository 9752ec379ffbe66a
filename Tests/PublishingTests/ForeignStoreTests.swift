import Foundation
import Publishing
import Storage
import Testing
import Writing

@Suite struct ForeignStoreTests {
  let folder: TemporaryFolder
  var root: String { folder.path + "/store" }

  init() throws {
    folder = try TemporaryFolder()
    try Folder.make(folder.path + "/store/sentinel-2-sr")
  }

  @Test(
    "A catalogue or collection of somebody else's is refused, and nothing is changed",
    arguments: [
      ("catalog.json", "{\"type\": \"Catalog\", \"id\": \"earth\"}"), ("catalog.json", "{\"datasets\": []}"),
      ("catalog.json", "[]"), ("catalog.json", "{"), ("catalog.json", ""),
      ("sentinel-2-sr/collection.json", "{\"type\": \"Collection\", \"id\": \"sentinel-2-sr\"}"),
      (
        "sentinel-2-sr/collection.json",
        "{\"type\": \"Collection\", \"id\": \"other\", \"supertile:generator\": \"supertile\"}"
      ),
    ])
  func refused(name: String, text: String) throws {
    let path = root + "/" + name
    try DurableFile.replace(path, with: text.utf8)
    let error = #expect(throws: PublishingError.self) { try Store(path: root) }
    #expect(error?.path == path)
    #expect(error?.reason.contains("choose another folder") == true)
    #expect(Folder.list(root) == (name == "catalog.json" ? ["catalog.json", "sentinel-2-sr"] : ["sentinel-2-sr"]))
    #expect(FileManager.default.contents(atPath: path) == Data(text.utf8))
  }

  @Test(
    "Beside our own hidden folder, too, except where it is damaged", arguments: ["", "{", "{\"type\": \"Cat", "{}"])
  func repaired(text: String) throws {
    let store = try Store(path: root)
    try publish(store, identity(), template: folder.path + "/template")
    let documents = ["catalog.json", "sentinel-2-sr/collection.json"]
    let before = try documents.map { try json(root + "/" + $0) }
    for document in documents { try DurableFile.replace(root + "/" + document, with: text.utf8) }
    _ = try Store(path: root).prepare(identity())
    #expect(try documents.map { try json(root + "/" + $0) } == before)
    #expect(before.map { $0["supertile:generator"]?.string } == ["supertile", "supertile"])
    try DurableFile.replace(root + "/catalog.json", with: "{\"type\": \"Catalog\", \"id\": \"earth\"}".utf8)
    #expect(throws: PublishingError.self) { try Store(path: root) }
    #expect(throws: Never.self) { try Store(path: root, readOnly: true) }
  }

  @Test("Catalogues from before the mark are ours")
  func unmarked() throws {
    let catalogue = "{\"type\": \"Catalog\", \"id\": \"supertile\"}"
    let collection =
      "{\"type\": \"Collection\", \"id\": \"sentinel-2-sr\", \"title\": \"Sentinel-2 super-resolution\"}"
    try DurableFile.replace(root + "/catalog.json", with: catalogue.utf8)
    try DurableFile.replace(root + "/sentinel-2-sr/collection.json", with: collection.utf8)
    #expect(throws: Never.self) { try Store(path: root) }
  }

  @Test("What cannot be read is not overwritten")
  func unreadable() throws {
    try Folder.make(root + "/catalog.json")
    let error = #expect(throws: PublishingError.self) { try Store(path: root) }
    #expect(error?.reason.hasPrefix("cannot be read") == true)
  }

  @Test("An empty path is no store; one through a link leads where the system goes")
  func paths() throws {
    let error = #expect(throws: PublishingError.self) { try Store(path: "") }
    #expect(error?.description.contains("the path is empty") == true)
    try Folder.make(folder.path + "/real/deep")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/jump", withDestinationPath: folder.path + "/real/deep")
    let store = try Store(path: folder.path + "/jump/../store2")
    let item = try #require(try publish(store, identity(), template: folder.path + "/template"))
    #expect(Folder.isFolder("\(folder.path)/real/store2/sentinel-2-sr/\(item.relativePath)"))
    #expect(!Folder.exists(folder.path + "/store2"))
  }
}
