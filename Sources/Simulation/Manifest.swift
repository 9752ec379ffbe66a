internal import Product
internal import Storage

/// manifest.safe: every file of the product with its size and checksum (the manifest itself excepted).
struct Manifest {
  struct Entry: Sendable {
    /// Name in the manifest, `IMG_DATA_Band_B04_10m_Tile1_Data`.
    var id: String
    var mimeType: String
    /// Path inside the product.
    var path: String
    var size: Int
    var digest: String
  }

  let identity: ProductIdentity
  let entries: [Entry]
  /// Latitude and longitude pairs.
  let footprint: String

  static func algorithm(_ baseline: ProcessingBaseline) -> DigestAlgorithm { baseline.usesSHA3 ? .sha3_256 : .md5 }

  func xml() -> [UInt8] {
    var xml = XMLText()
    xml.element(
      "xfdu:XFDU",
      [
        ("xmlns:gml", "http://www.opengis.net/gml"), ("xmlns:safe", "http://www.esa.int/safe/sentinel/1.1"),
        ("xmlns:xfdu", "urn:ccsds:schema:xfdu:1"),
        ("version", "esa/safe/sentinel/1.1/sentinel-2/msi/archive_l2a_user_product"),
      ]
    ) {
      $0.element("informationPackageMap", [], packageMap)
      $0.element("metadataSection", [], metadata)
      $0.element("dataObjectSection") {
        for entry in entries { Self.write(entry, algorithm: Self.algorithm(identity.baseline), to: &$0) }
      }
    }
    return xml.bytes
  }

  private func packageMap(_ xml: inout XMLText) {
    xml.element(
      "xfdu:contentUnit",
      [
        ("dmdID", "acquisitionPeriod platform"), ("pdiID", "processing"),
        ("textInfo", "SENTINEL-2 MSI Level-2A User Product"), ("unitType", "Product_Level-2A"),
      ]
    ) {
      for entry in entries {
        let unit = entry.id.hasSuffix("_Data") ? String(entry.id.dropLast(5)) : entry.id
        let kind = entry.path.hasSuffix(".jp2") ? "Measurement Data Unit" : "Metadata Unit"
        $0.element("xfdu:contentUnit", [("ID", unit + "_Unit"), ("unitType", kind)]) {
          $0.element("dataObjectPointer", [("dataObjectID", entry.id)])
        }
      }
    }
  }

  private func metadata(_ xml: inout XMLText) {
    wrap("acquisitionPeriod", "DMD", "DESCRIPTION", "Acquisition Period", to: &xml) {
      $0.element("safe:acquisitionPeriod") {
        $0.element("safe:startTime", [], UTCTime.milliseconds(identity.datatakeStart))
      }
    }
    wrap("measurementOrbitReference", "DMD", "DESCRIPTION", "Orbit Reference", to: &xml) {
      $0.element("safe:orbitReference") {
        $0.element(
          "safe:orbitNumber", [("groundTrackDirection", "descending"), ("type", "start")], identity.orbitText)
        $0.element("safe:relativeOrbitNumber", [("type", "start")], "\(identity.relativeOrbit)")
      }
    }
    wrap("platform", "DMD", "DESCRIPTION", "Platform Description", to: &xml) {
      $0.element("safe:platform") {
        $0.element("safe:nssdcIdentifier", [], "2015-000A")
        $0.element("safe:familyName", [], "SENTINEL")
        $0.element("safe:number", [], String(identity.mission.dropFirst()))
        $0.element("safe:instrument") {
          $0.element("safe:familyName", [("abbreviation", "MSI")], "Multi-Spectral Instrument")
        }
      }
    }
    wrap("processing", "PDI", "PROVENANCE", "Processing", to: &xml) {
      $0.element(
        "safe:processing",
        [
          ("name", "Generation of Level-2A User Product"),
          ("start", UTCTime.seconds(identity.generationTime).dropLast() + ".000000Z"),
        ])
    }
    wrap("measurementFrameSet", "DMD", "DESCRIPTION", "Frame Set", to: &xml) {
      $0.element("safe:frameSet") {
        $0.element("safe:footPrint", [("srsName", "http://www.opengis.net/gml/srs/epsg.xml#4326")]) {
          $0.element("gml:coordinates", [], footprint)
        }
      }
    }
  }

  private func wrap(
    _ id: String, _ category: String, _ classification: String, _ title: String, to xml: inout XMLText,
    _ content: (inout XMLText) -> Void
  ) {
    xml.element("metadataObject", [("ID", id), ("category", category), ("classification", classification)]) {
      $0.element(
        "metadataWrap", [("mimeType", "text/xml"), ("textInfo", title), ("vocabularyName", "Sentinel-SAFE")]
      ) { $0.element("xmlData", [], content) }
    }
  }

  private static func write(_ entry: Entry, algorithm: DigestAlgorithm, to xml: inout XMLText) {
    xml.element("dataObject", [("ID", entry.id)]) {
      $0.element("byteStream", [("mimeType", entry.mimeType), ("size", "\(entry.size)")]) {
        $0.element("fileLocation", [("href", "./" + entry.path), ("locatorType", "URL")])
        $0.element("checksum", [("checksumName", algorithm.rawValue)], entry.digest)
      }
    }
  }
}
