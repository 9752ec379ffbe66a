import Foundation
import Storage

/// A small Level-2A product in memory: 120 x 120 pixels at 10 m, real images, true manifest.
struct SampleProduct {
  var mission = "S2B"
  var baseline = "05.11"
  var tile = "T31TCJ"
  var orbit = 51
  /// BOA_ADD_OFFSET of every band; nil leaves the list out.
  var offset: Int? = -1000
  var isTIFF = false
  var checksumName = "SHA3-256"
  /// Whether hrefs begin with `./`.
  var dottedPaths = true
  var namespace = "psd-15"

  /// Everything but manifest.safe, by path inside the product.
  var files: [String: [UInt8]] = [:]
  /// Bytes of manifest.safe; nil leaves it out.
  var manifest: [UInt8]?

  var stem: String {
    "\(mission)_MSIL2A_20240612T105031_N\(baseline.filter { $0 != "." })_R0\(orbit)_\(tile)_20240612T123456"
  }
  var granule: String { "GRANULE/L2A_\(tile)_A037958_20240612T105026" }
  var suffix: String { isTIFF ? ".tif" : ".jp2" }
  static let metadata = "MTD_MSIL2A.xml"
  var tileMetadata: String { granule + "/MTD_TL.xml" }
  func image(_ band: String) -> String {
    let resolution = band == "SCL" ? "20m" : "10m"
    return "\(granule)/IMG_DATA/R\(resolution)/\(tile)_20240612T105031_\(band)_\(resolution)\(suffix)"
  }
  var usedFiles: [String] { [Self.metadata, tileMetadata] + ["B04", "B03", "B02", "SCL"].map(image) }

  /// - Parameter configure: sets the fields above before files are made from them.
  init(_ configure: (inout SampleProduct) -> Void = { _ in }) {
    configure(&self)
    let images = isTIFF ? SampleImages.tif : SampleImages.jp2
    for (band, bytes) in images { files[image(band)] = bytes }
    files[Self.metadata] = Array(userXML.utf8)
    files[tileMetadata] = Array(tileXML.utf8)
    files["INSPIRE.xml"] = Array("<gmd/>".utf8)
    files["DATASTRIP/DS_2BPS_20240612T123456_S20240612T105026/MTD_DS.xml"] = Array("<DS/>".utf8)
    remakeManifest()
  }

  /// Lists the files as they are now.
  mutating func remakeManifest() {
    let objects = files.sorted { $0.key < $1.key }.map { member, bytes in
      let algorithm = DigestAlgorithm(manifestName: checksumName) ?? .md5
      return """
            <dataObject ID="Preview_0_Tile1_Data"><byteStream mimeType="octet" size="\(bytes.count)">
              <fileLocation href="\(dottedPaths ? "./" : "")\(member)" locatorType="URL"/>
              <checksum checksumName="\(checksumName)">\(Digester.hexadecimal(algorithm, of: bytes))</checksum>
            </byteStream></dataObject>
        """
    }
    manifest = Array(Self.manifest(objects).utf8)
  }

  /// A manifest as in Planetary Computer copies: small sizes and digests of other files.
  mutating func makeStubManifest() {
    let objects = files.keys.sorted().map { member in
      """
      <dataObject ID="x"><byteStream mimeType="octet" size="\(member.hasSuffix(".xml") ? 444 : 744)">
      <fileLocation href="\(member)" locatorType="URL"/>
      <checksum checksumName="MD5">50170ae73c125d9a8cbbf8b8a32907c4</checksum></byteStream></dataObject>
      """
    }
    manifest = Array(Self.manifest(objects).utf8)
  }

  private static func manifest(_ objects: [String]) -> String {
    """
    <?xml version="1.0" encoding="UTF-8"?>
    <xfdu:XFDU xmlns:xfdu="urn:ccsds:schema:xfdu:1"><informationPackageMap/><dataObjectSection>
    \(objects.joined(separator: "\n"))
    </dataObjectSection></xfdu:XFDU>

    """
  }

  /// Replaces text in a metadata file, in keeping with the manifest.
  mutating func edit(_ member: String, _ old: String, _ new: String) {
    let text = String(decoding: files[member] ?? [], as: UTF8.self)
    precondition(text.contains(old), "\(member) has no \(old)")
    files[member] = Array(text.replacingOccurrences(of: old, with: new).utf8)
    remakeManifest()
  }

  /// Everything, manifest.safe included.
  var everything: [String: [UInt8]] {
    var all = files
    all["manifest.safe"] = manifest
    return all
  }

  /// Writes a folder `<name>.SAFE`.
  /// - Returns: its path.
  func write(in folder: TestFolder, as name: String? = nil) -> String {
    let root = folder.path + "/" + (name ?? stem + ".SAFE")
    for (member, bytes) in everything { folder.write(bytes, to: root + "/" + member) }
    return root
  }

  /// Writes an archive.
  /// - Parameter prefix: folder inside the archive; nil is `<name>.SAFE/`.
  func zip(in folder: TestFolder, as name: String? = nil, prefix: String? = nil, deflated: Bool = false) -> String {
    var archive = SampleArchive()
    for (member, bytes) in everything.sorted(by: { $0.key < $1.key }) {
      archive.add((prefix ?? stem + ".SAFE/") + member, bytes, deflated: deflated)
    }
    let path = folder.path + "/" + (name ?? stem + ".zip")
    folder.write(archive.bytes, to: path)
    return path
  }
}
