import GDALAdapter
import Testing

/// The file on the disk is found again in every path that a member has, whatever the archive is called.
@Test(arguments: ["/drop/a.zip", "/drop/{a}.zip", "/drop/a{1}.SAFE.ZIP", "/drop/a.SAFE.zip", "/d.zip.d/{b}"])
func aMemberTellsItsArchive(archive: String) {
  let path = VirtualFile.member("X.SAFE/GRANULE/B04.jp2", ofZip: archive)
  guard VirtualFile.canReachMembers(ofZip: archive) else {
    // Without braces around it GDAL would not find where its name ends.
    #expect(archive == "/d.zip.d/{b}")
    return
  }
  #expect(VirtualFile.container(of: path) == archive)
  #expect(VirtualFile.container(of: archive) == archive)
}
