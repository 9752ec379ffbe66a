internal import Product

/// MTD_MSIL2A.xml. Element order as in ESA's products; the root and its children carry the namespace prefix.
struct ProductMetadata {
  let identity: ProductIdentity
  /// Paths inside the product, without ending.
  let images: [String]
  let shares: ClassShares
  /// Latitude and longitude pairs, closed ring.
  let footprint: String

  func xml() -> [UInt8] {
    let space = "https://\(identity.baseline.specification).sentinel2.eo.esa.int/PSD/User_Product_Level-2A.xsd"
    var xml = XMLText()
    xml.element(
      "n1:Level-2A_User_Product",
      [
        ("xmlns:n1", space), ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
        ("xsi:schemaLocation", space),
      ]
    ) {
      $0.element("n1:General_Info") {
        $0.element("Product_Info", [], productInfo)
        $0.element("Product_Image_Characteristics", [], imageCharacteristics)
      }
      $0.element("n1:Geometric_Info", [], geometry)
      $0.element("n1:Auxiliary_Data_Info") {
        $0.element("GIPP_List")
        $0.element("PRODUCTION_DEM_TYPE", [], "CopernicusDEM90")
        $0.element("IERS_BULLETIN_FILENAME", [], "None")
        $0.element("GRI_List")
        $0.element("ECMWF_DATA_REF", [], "None")
        $0.element("LUT_List") { $0.element("LUT_FILENAME", [], "None") }
      }
      $0.element("n1:Quality_Indicators_Info", [], quality)
    }
    return xml.bytes
  }

  private func productInfo(_ xml: inout XMLText) {
    let start = UTCTime.milliseconds(identity.datatakeStart)
    xml.element("PRODUCT_START_TIME", [], start)
    xml.element("PRODUCT_STOP_TIME", [], start)
    xml.element("PRODUCT_URI", [], identity.uri)
    xml.element("PROCESSING_LEVEL", [], "Level-2A")
    xml.element("PRODUCT_TYPE", [], "S2MSI2A")
    xml.element("PROCESSING_BASELINE", [], "\(identity.baseline)")
    if identity.baseline.countOffset != 0 {
      xml.element("PRODUCT_DOI", [], "https://doi.org/10.5270/S2_-znk9xsj")
    }
    xml.element("GENERATION_TIME", [], UTCTime.seconds(identity.generationTime).dropLast() + ".000000Z")
    xml.element("PREVIEW_IMAGE_URL", [], "Not applicable")
    xml.element("PREVIEW_GEO_INFO", [], "Not applicable")
    xml.element("Datatake", [("datatakeIdentifier", identity.datatakeIdentifier)]) {
      $0.element("SPACECRAFT_NAME", [], identity.spacecraft)
      $0.element("DATATAKE_TYPE", [], "INS-NOBS")
      $0.element("DATATAKE_SENSING_START", [], start)
      $0.element("SENSING_ORBIT_NUMBER", [], "\(identity.relativeOrbit)")
      $0.element("SENSING_ORBIT_DIRECTION", [], "DESCENDING")
    }
    xml.element("Query_Options", [("completeSingleTile", "true")]) {
      $0.element("PRODUCT_FORMAT", [], "SAFE_COMPACT")
    }
    xml.element("Product_Organisation") {
      $0.element("Granule_List") {
        $0.element(
          "Granule",
          [
            ("datastripIdentifier", identity.datastripIdentifier), ("granuleIdentifier", identity.granuleIdentifier),
            ("imageFormat", "JPEG2000"),
          ]
        ) { for image in images { $0.element("IMAGE_FILE", [], image) } }
      }
    }
  }

  private func imageCharacteristics(_ xml: inout XMLText) {
    for (text, index) in [("NODATA", "0"), ("SATURATED", "65535")] {
      xml.element("Special_Values") {
        $0.element("SPECIAL_VALUE_TEXT", [], text)
        $0.element("SPECIAL_VALUE_INDEX", [], index)
      }
    }
    xml.element("Image_Display_Order") {
      $0.element("RED_CHANNEL", [], "3")
      $0.element("GREEN_CHANNEL", [], "2")
      $0.element("BLUE_CHANNEL", [], "1")
    }
    xml.element("QUANTIFICATION_VALUES_LIST") {
      $0.element("BOA_QUANTIFICATION_VALUE", [("unit", "none")], "10000")
      $0.element("AOT_QUANTIFICATION_VALUE", [("unit", "none")], "1000.0")
      $0.element("WVP_QUANTIFICATION_VALUE", [("unit", "cm")], "1000.0")
    }
    if identity.baseline.countOffset != 0 {
      xml.element("BOA_ADD_OFFSET_VALUES_LIST") {
        for band in 0..<13 {
          $0.element("BOA_ADD_OFFSET", [("band_id", "\(band)")], "\(-identity.baseline.countOffset)")
        }
      }
    }
    xml.element("Spectral_Information_List") {
      for (id, band) in SpectralBand.all.enumerated() { band.write(id: id, to: &$0) }
    }
    xml.element("REFERENCE_BAND", [], "3")
    xml.element("Scene_Classification_List") {
      for (index, name) in Self.classNames.enumerated() {
        $0.element("Scene_Classification_ID") {
          $0.element("SCENE_CLASSIFICATION_TEXT", [], "SC_" + name)
          $0.element("SCENE_CLASSIFICATION_INDEX", [], "\(index)")
        }
      }
    }
  }

  private static let classNames = [
    "NODATA", "SATURATED_DEFECTIVE", "DARK_FEATURE_SHADOW", "CLOUD_SHADOW", "VEGETATION", "NOT_VEGETATED", "WATER",
    "UNCLASSIFIED", "CLOUD_MEDIUM_PROBA", "CLOUD_HIGH_PROBA", "THIN_CIRRUS", "SNOW_ICE",
  ]

  private func geometry(_ xml: inout XMLText) {
    xml.element("Product_Footprint") {
      $0.element("Product_Footprint") { $0.element("Global_Footprint") { $0.element("EXT_POS_LIST", [], footprint) } }
      $0.element("RASTER_CS_TYPE", [], "POINT")
      $0.element("PIXEL_ORIGIN", [], "1")
    }
    xml.element("Coordinate_Reference_System") {
      $0.element("GEO_TABLES", [("version", "1")], "EPSG")
      $0.element("HORIZONTAL_CS_TYPE", [], "GEOGRAPHIC")
    }
  }

  private func quality(_ xml: inout XMLText) {
    xml.element("Cloud_Coverage_Assessment", [], ClassShares.text(shares.cloudPercent))
    xml.element("Technical_Quality_Assessment") {
      $0.element("DEGRADED_ANC_DATA_PERCENTAGE", [], "0.0")
      $0.element("DEGRADED_MSI_DATA_PERCENTAGE", [], "0")
    }
    xml.element("Quality_Control_Checks") {
      $0.element("Quality_Inspections") {
        for check in ["FORMAT_CORRECTNESS", "GENERAL_QUALITY", "GEOMETRIC_QUALITY", "RADIOMETRIC_QUALITY"] {
          $0.element("quality_check", [("checkType", check)], "PASSED")
        }
      }
      $0.element("Failed_Inspections")
    }
    xml.element("Image_Content_QI") {
      for (name, value) in shares.elements { $0.element(name, [], value) }
    }
  }
}

/// An entry of Spectral_Information_List.
struct SpectralBand {
  let name: String
  /// Metres.
  let resolution: Int
  /// Nanometres: lower end, upper end, centre.
  let minimum: Int
  let maximum: Int
  let centre: String

  /// Sentinel-2A's bands in the order of band ids 0 to 12.
  static let all = [
    SpectralBand(name: "B1", resolution: 60, minimum: 412, maximum: 456, centre: "442.7"),
    SpectralBand(name: "B2", resolution: 10, minimum: 456, maximum: 533, centre: "492.7"),
    SpectralBand(name: "B3", resolution: 10, minimum: 538, maximum: 583, centre: "559.8"),
    SpectralBand(name: "B4", resolution: 10, minimum: 646, maximum: 684, centre: "664.6"),
    SpectralBand(name: "B5", resolution: 20, minimum: 695, maximum: 714, centre: "704.1"),
    SpectralBand(name: "B6", resolution: 20, minimum: 731, maximum: 749, centre: "740.5"),
    SpectralBand(name: "B7", resolution: 20, minimum: 769, maximum: 797, centre: "782.8"),
    SpectralBand(name: "B8", resolution: 10, minimum: 760, maximum: 907, centre: "832.8"),
    SpectralBand(name: "B8A", resolution: 20, minimum: 837, maximum: 881, centre: "864.7"),
    SpectralBand(name: "B9", resolution: 60, minimum: 932, maximum: 958, centre: "945.1"),
    SpectralBand(name: "B10", resolution: 60, minimum: 1337, maximum: 1412, centre: "1373.5"),
    SpectralBand(name: "B11", resolution: 20, minimum: 1539, maximum: 1682, centre: "1613.7"),
    SpectralBand(name: "B12", resolution: 20, minimum: 2078, maximum: 2320, centre: "2202.4"),
  ]

  func write(id: Int, to xml: inout XMLText) {
    xml.element("Spectral_Information", [("bandId", "\(id)"), ("physicalBand", name)]) {
      $0.element("RESOLUTION", [], "\(resolution)")
      $0.element("Wavelength") {
        $0.element("MIN", [("unit", "nm")], "\(minimum)")
        $0.element("MAX", [("unit", "nm")], "\(maximum)")
        $0.element("CENTRAL", [("unit", "nm")], centre)
      }
    }
  }
}
