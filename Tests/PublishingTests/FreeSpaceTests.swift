import GDALAdapter
import Testing

@Suite struct FreeSpaceTests {
  @Test("A failed write says how little space is left, where that may be the reason")
  func remarks() {
    #expect(FreeSpace.remark(4096) == "; only 4096 bytes are free on this file system")
    #expect(FreeSpace.remark(64 << 20) == "")
    #expect(FreeSpace.remark(nil) == "")
  }

  @Test("Space is asked for where the file is or would be")
  func bytes() throws {
    let folder = try TemporaryFolder()
    #expect(try #require(FreeSpace.bytes(forFile: folder.path + "/not there yet.tif")) > 0)
    #expect(FreeSpace.bytes(forFile: "relative.tif") != nil)
    for path in ["", "/vsimem/a.tif", "/proc/a.tif", folder.path + "/no folder/a.tif"] {
      #expect(FreeSpace.bytes(forFile: path) == nil)
    }
  }
}
