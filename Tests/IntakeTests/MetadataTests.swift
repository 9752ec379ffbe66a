import GDALAdapter
import Intake
import Product
import Testing

/// Fields that contradict, lack or overflow: refused by name, with digests that fit the edited file.
@Suite struct MetadataTests {
  let folder = TestFolder()

  struct Edit: Sendable, CustomTestStringConvertible {
    let old: String
    let new: String
    let subject: String
    let testDescription: String
    init(_ old: String, _ new: String, _ subject: String) {
      (self.old, self.new, self.subject) = (old, new, subject)
      testDescription = "\(subject): \(new.prefix(40))"
    }
  }

  static let userEdits = [
    Edit(">05.11<", "><", "PROCESSING_BASELINE"), Edit(">05.11<", ">5.11<", "PROCESSING_BASELINE"),
    Edit(">05.11<", ">02.06<", "PROCESSING_BASELINE"), Edit(">05.11<", ">05.10<", "PROCESSING_BASELINE"),
    Edit(">10000<", ">0<", "BOA_QUANTIFICATION_VALUE"), Edit(">10000<", ">-10000<", "BOA_QUANTIFICATION_VALUE"),
    Edit(">10000<", ">nan<", "BOA_QUANTIFICATION_VALUE"), Edit(">10000<", ">1e400<", "BOA_QUANTIFICATION_VALUE"),
    Edit(">10000<", ">0x2710<", "BOA_QUANTIFICATION_VALUE"), Edit(">10000<", ">1e4<", "BOA_QUANTIFICATION_VALUE"),
    Edit(">10000<", ">99<", "BOA_QUANTIFICATION_VALUE"), Edit(">10000<", ">1000001<", "BOA_QUANTIFICATION_VALUE"),
    Edit(">10000<", ">.<", "BOA_QUANTIFICATION_VALUE"), Edit(">10000<", ">10000,0<", "BOA_QUANTIFICATION_VALUE"),
    Edit("band_id=\"3\">-1000", "band_id=\"3\">-0x3E8", "BOA_ADD_OFFSET of band_id 3"),
    Edit("band_id=\"3\">-1000", "band_id=\"3\">-1e", "BOA_ADD_OFFSET of band_id 3"),
    Edit("<n1:General_Info>", "<!doctype a><n1:General_Info>", "MTD_MSIL2A.xml"),
    Edit("BOA_QUANTIFICATION_VALUE", "OTHER", "BOA_QUANTIFICATION_VALUE"),
    Edit("band_id=\"3\">-1000", "band_id=\"3\">inf", "BOA_ADD_OFFSET of band_id 3"),
    Edit("band_id=\"3\"", "band_id=\"99999999999999999999\"", "BOA_ADD_OFFSET/@band_id"),
    Edit("band_id=\"3\">-1000", "band_id=\"2\">-900", "BOA_ADD_OFFSET of band_id 2"),
    Edit("<BOA_ADD_OFFSET band_id=\"3\">-1000</BOA_ADD_OFFSET>", "", "BOA_ADD_OFFSET_VALUES_LIST"),
    Edit("physicalBand=\"B4\"", "physicalBand=\"B5\"", "Spectral_Information_List"),
    Edit("bandId=\"3\"", "bandId=\"-3\"", "Spectral_Information/@bandId"),
    Edit("<PRODUCT_URI>S2B", "<PRODUCT_URI>S2A", "SPACECRAFT_NAME"),
    Edit("_R051_", "_R052_", "SENSING_ORBIT_NUMBER"), Edit("PRODUCT_URI", "OTHER", "PRODUCT_URI"),
    Edit("MSIL2A_2024", "MSIL1C_2024", "PRODUCT_URI"), Edit("MSIL2A_2024", "MSIL2A_2023", "DATATAKE_SENSING_START"),
    Edit("10:50:31.024Z</DATATAKE", "soon</DATATAKE", "DATATAKE_SENSING_START"),
    Edit("_T31TCJ_20240612T123456.SAFE", "_T31TCK_20240612T123456.SAFE", "IMAGE_FILE"),
    Edit("12:34:56.000000Z", "12:34", "GENERATION_TIME"),
    Edit("JPEG2000", "PNG", "imageFormat"),
    Edit("</Granule>", "</Granule><Granule/>", "Granule"), Edit("_B04_10m", "_B4_10m", "IMAGE_FILE"),
    Edit("<IMAGE_FILE>GRANULE/", "<IMAGE_FILE>../GRANULE/", "IMAGE_FILE"),
    Edit("<IMAGE_FILE>GRANULE/", "<IMAGE_FILE>/GRANULE/", "IMAGE_FILE"),
    Edit("_B02_20m", "_B02_10m", "IMAGE_FILE"), Edit("Level-2A_User_Product", "Level-1C_User_Product", "root element"),
    Edit("</n1:General_Info>", "", "MTD_MSIL2A.xml"), Edit("n1:General_Info", "n1:Other", "PRODUCT_TYPE"),
    Edit("<n1:General_Info>", "<!DOCTYPE a [<!ENTITY b \"c\">]><n1:General_Info>", "MTD_MSIL2A.xml"),
    Edit("<n1:General_Info>", String(repeating: "<a>", count: 200_000) + "<n1:General_Info>", "MTD_MSIL2A.xml"),
    Edit(
      "<n1:General_Info>",
      String(repeating: "<a b='/>'>", count: 9000) + String(repeating: "</a>", count: 9000) + "<n1:General_Info>",
      "MTD_MSIL2A.xml"),
  ]

  @Test(arguments: userEdits)
  func productMetadata(edit: Edit) {
    var sample = SampleProduct()
    sample.edit(SampleProduct.metadata, edit.old, edit.new)
    expectRefused(intake(sample.write(in: folder)), edit.subject)
  }

  /// Percentages are information: a sum that rounding took over 100, or nonsense, spoils no product.
  @Test(arguments: ["100.000001", "-0.1", "0x1p3", "", "-20"])
  func percentagesAreInformation(text: String) throws {
    var sample = SampleProduct()
    sample.edit(SampleProduct.metadata, ">33.333333<", ">\(text)<")
    sample.edit(SampleProduct.metadata, ">25.0E0<", ">NaN<")
    let product = try accepted(intake(sample.write(in: folder)))
    #expect(product.statedNoDataPercent == nil)
    #expect(product.statedCloudPercent == ["100.000001": 100, "-0.1": 0][text])
  }

  /// A number, however many digits it is written with.
  @Test func anOrbitIsANumber() throws {
    var sample = SampleProduct()
    sample.edit(SampleProduct.metadata, "<SENSING_ORBIT_NUMBER>51<", "<SENSING_ORBIT_NUMBER>051<")
    #expect(try accepted(intake(sample.write(in: folder))).name.contains("R051"))
  }

  @Test(arguments: [("100", 100), ("10000.50", 10000.5), ("+1000000", 1_000_000)] as [(String, Double)])
  func plainNumbersAreAccepted(text: String, value: Double) throws {
    var sample = SampleProduct()
    sample.edit(SampleProduct.metadata, ">10000<", ">\(text)<")
    sample.edit(SampleProduct.metadata, "band_id=\"3\">-1000", "band_id=\"3\">-1.0E+3")
    let product = try accepted(intake(sample.write(in: folder)))
    #expect(product.bands.map(\.quantification) == [value, value, value])
    #expect(product.bands.map(\.addOffset) == [-1000, -1000, -1000])
  }

  @Test(arguments: ["<!DOCTYPE a>", "<!doctype a>", "<!DocType\u{301} a>", "<!eNtItY b 'c'>"])
  func documentTypesAreRefusedInAnyCase(declaration: String) {
    let error = #expect(throws: XMLError.self) { try XMLElement.parse(Array((declaration + "<a/>").utf8)) }
    #expect(error?.message.contains("document type") == true)
  }

  static let tileEdits = [
    Edit("EPSG:32631", "EPSG:32632", "HORIZONTAL_CS_CODE"), Edit("EPSG:32631", "EPSG:4326", "HORIZONTAL_CS_CODE"),
    Edit("EPSG:32631", "EPSG:32699999999999999999999", "HORIZONTAL_CS_CODE"),
    Edit("<NROWS>120<", "<NROWS>0<", "NROWS at 10 m"), Edit("<NROWS>120<", "<NROWS>-120<", "NROWS at 10 m"),
    Edit("<NROWS>120<", "<NROWS>10982<", "NROWS at 10 m"), Edit("<NCOLS>120<", "<NCOLS>121<", "Size at 20 m"),
    Edit("<NCOLS>120<", "<NCOLS>9223372036854775807<", "NCOLS at 10 m"),
    Edit("<NCOLS>120<", "<NCOLS>1.2e2<", "NCOLS at 10 m"), Edit("<NCOLS>60<", "<NCOLS>61<", "Size at 20 m"),
    Edit("<Size resolution=\"20\">", "<Size resolution=\"30\">", "Size at 20 m"),
    Edit("<Size resolution=\"20\">", "<Size resolution=\"10\">", "Size at 10 m"),
    Edit("<ULX>399960</ULX><ULY>4800000</ULY><XDIM>10", "<ULX>nan</ULX><ULY>4800000</ULY><XDIM>10", "ULX at 10 m"),
    Edit("<ULX>399960</ULX><ULY>4800000</ULY><XDIM>10", "<ULX>399990</ULX><ULY>4800000</ULY><XDIM>10", "Geoposition"),
    Edit("<ULX>399960</ULX><ULY>4800000</ULY><XDIM>10", "<ULX>0x61A58</ULX><ULY>4800000</ULY><XDIM>10", "ULX at 10 m"),
    Edit("<NROWS>120<", "<NROWS>0x78<", "NROWS at 10 m"), Edit("<YDIM>-10<", "<YDIM>10<", "YDIM at 10 m"),
    Edit("<XDIM>20<", "<XDIM>10<", "XDIM at 20 m"),
    Edit("_T31TCJ_", "_T31TCK_", "TILE_ID"), Edit("SENSING_TIME", "OTHER", "SENSING_TIME"),
    Edit("2024-06-12T10:52:03.581767Z", "2024-99-12T10:52:03Z", "SENSING_TIME"),
    Edit("2024-06-12T10:52:03", "2024-06-11T10:52:03", "SENSING_TIME"),
    Edit("2024-06-12T10:52:03", "2031-06-12T10:52:03", "SENSING_TIME"),
    Edit("2024-06-12T10:52:03", "2024-06-12T10:60:03", "SENSING_TIME"),
    Edit("_DS_SGS__", "_SGS_", "DATASTRIP_ID"), Edit("_S20240612T105026", "_S2024", "DATASTRIP_ID"),
    Edit("n1:Level-2A_Tile_ID", "n1:Level-1C_Tile_ID", "root element"), Edit("<n1:Geometric_Info>", "", "MTD_TL.xml"),
  ]

  @Test(arguments: tileEdits)
  func tileMetadata(edit: Edit) {
    var sample = SampleProduct()
    sample.edit(sample.tileMetadata, edit.old, edit.new)
    expectRefused(intake(sample.write(in: folder)), edit.subject)
  }

  @Test func aLongStretchOfSpaceTakesNoTime() throws {
    var sample = SampleProduct()
    sample.edit(SampleProduct.metadata, ">Level-2A<", ">Level-2A" + String(repeating: " ", count: 7 << 20) + "<")
    let start = ContinuousClock.now
    _ = try accepted(intake(sample.write(in: folder)))
    #expect(ContinuousClock.now - start < .seconds(5))
  }

  /// Real metadata has less than 1 MB; what is much larger would take minutes and gigabytes to read.
  @Test func moreMetadataThanAnybodyWritesIsRefused() {
    var sample = SampleProduct()
    sample.edit(SampleProduct.metadata, ">Level-2A<", ">Level-2A" + String(repeating: " ", count: 8 << 20) + "<")
    expectRefused(intake(sample.write(in: folder)), "MTD_MSIL2A.xml")
  }

  @Test(arguments: [
    Edit("href=\"./INSPIRE.xml\"", "href=\"../INSPIRE.xml\"", "href"),
    Edit("href=\"./INSPIRE.xml\"", "href=\"/etc/passwd\"", "href"),
    Edit("href=\"./INSPIRE.xml\"", "href=\"http://a/b\"", "href"),
    Edit("href=\"./INSPIRE.xml\"", "href=\"./MTD_MSIL2A.xml\"", "href"),
    Edit("href=\"./INSPIRE.xml\"", "other=\"\"", "href"), Edit("size=\"6\"", "size=\"-6\"", "byteStream/@size"),
    Edit("size=\"6\"", "size=\"99999999999999999999\"", "byteStream/@size"),
    Edit("SHA3-256", "BLAKE3", "checksum of"), Edit("xfdu:XFDU", "xfdu:Other_XFDU", "root element"),
    Edit("dataObjectSection", "other", "dataObjectSection"), Edit("dataObject ", "other ", "manifest.safe"),
    Edit("<checksum ", "<other ", "manifest.safe"), Edit("./GRANULE", "./ELSEWHERE", "MTD_TL.xml"),
  ])
  func manifests(edit: Edit) {
    var sample = SampleProduct()
    let text = String(decoding: sample.manifest ?? [], as: UTF8.self)
    #expect(text.contains(edit.old))
    sample.manifest = Array(text.replacing(edit.old, with: edit.new).utf8)
    expectRefused(intake(sample.write(in: folder)), edit.subject)
  }
}
