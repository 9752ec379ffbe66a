private import Foundation
internal import Geometry
internal import Product

/// MTD_TL.xml, and the datastrip's MTD_DS.xml in its shortest form.
struct TileMetadata {
  let identity: ProductIdentity
  /// 10 m grid.
  let grid: GridGeometry
  let shares: ClassShares

  func xml() -> [UInt8] {
    document("n1:Level-2A_Tile_ID", schema: "S2_PDI_Level-2A_Tile_Metadata.xsd") {
      $0.element("n1:General_Info", [], general)
      $0.element("n1:Geometric_Info", [], geometry)
      $0.element("n1:Quality_Indicators_Info", [("metadataLevel", "Standard")]) {
        $0.element("Image_Content_QI") {
          $0.element("CLOUDY_PIXEL_PERCENTAGE", [], ClassShares.text(shares.cloudPercent))
          $0.element("DEGRADED_MSI_DATA_PERCENTAGE", [], "0")
          for (name, value) in shares.elements { $0.element(name, [], value) }
        }
        $0.element("Pixel_Level_QI", [("geometry", "FULL_RESOLUTION")])
      }
    }
  }

  func datastripXML() -> [UInt8] {
    document("n1:Level-2A_DataStrip_ID", schema: "S2_PDI_Level-2A_Datastrip_Metadata.xsd") {
      $0.element("n1:General_Info") {
        $0.element("Datatake_Info", [("datatakeIdentifier", identity.datatakeIdentifier)]) {
          $0.element("SPACECRAFT_NAME", [], identity.spacecraft)
          $0.element("DATATAKE_SENSING_START", [], UTCTime.milliseconds(identity.datatakeStart))
          $0.element("SENSING_ORBIT_NUMBER", [], "\(identity.relativeOrbit)")
        }
        $0.element("Datastrip_Time_Info") {
          $0.element("DATASTRIP_SENSING_START", [], UTCTime.milliseconds(identity.datastripStart))
        }
        $0.element("Processing_Info") {
          $0.element("PROCESSING_BASELINE", [], "\(identity.baseline)")
          $0.element("UTC_DATE_TIME", [], UTCTime.milliseconds(identity.generationTime))
          $0.element("PROCESSING_CENTER", [], identity.station)
        }
      }
    }
  }

  private func document(_ root: String, schema: String, _ children: (inout XMLText) -> Void) -> [UInt8] {
    let space = "https://\(identity.baseline.specification).sentinel2.eo.esa.int/PSD/\(schema)"
    var xml = XMLText()
    xml.element(
      root,
      [
        ("xmlns:n1", space), ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
        ("xsi:schemaLocation", space),
      ], children)
    return xml.bytes
  }

  private func general(_ xml: inout XMLText) {
    let firstLevel = identity.granuleIdentifier.replacing("MSI_L2A_TL", with: "MSI_L1C_TL")
    xml.element("L1C_TILE_ID", [("metadataLevel", "Brief")], firstLevel)
    xml.element("TILE_ID", [("metadataLevel", "Brief")], identity.granuleIdentifier)
    xml.element("DATASTRIP_ID", [("metadataLevel", "Standard")], identity.datastripIdentifier)
    xml.element("DOWNLINK_PRIORITY", [("metadataLevel", "Standard")], "NOMINAL")
    xml.element("SENSING_TIME", [("metadataLevel", "Standard")], UTCTime.milliseconds(identity.sensingTime))
    xml.element("Archiving_Info", [("metadataLevel", "Expertise")]) {
      $0.element("ARCHIVING_CENTRE", [], identity.station)
      $0.element("ARCHIVING_TIME", [], UTCTime.milliseconds(identity.generationTime.addingTimeInterval(1_900)))
    }
  }

  private func geometry(_ xml: inout XMLText) {
    let zone = "\(grid.epsg % 100)" + (grid.epsg < 32700 ? "N" : "S")
    xml.element("Tile_Geocoding", [("metadataLevel", "Brief")]) {
      $0.element("HORIZONTAL_CS_NAME", [], "WGS84 / UTM zone \(zone)")
      $0.element("HORIZONTAL_CS_CODE", [], "EPSG:\(grid.epsg)")
      for resolution in [10, 20, 60] {
        let step = resolution / 10
        $0.element("Size", [("resolution", "\(resolution)")]) {
          $0.element("NROWS", [], "\((grid.size.rows + step - 1) / step)")
          $0.element("NCOLS", [], "\((grid.size.columns + step - 1) / step)")
        }
      }
      for resolution in [10, 20, 60] {
        $0.element("Geoposition", [("resolution", "\(resolution)")]) {
          $0.element("ULX", [], "\(Int(grid.upperLeftX))")
          $0.element("ULY", [], "\(Int(grid.upperLeftY))")
          $0.element("XDIM", [], "\(resolution)")
          $0.element("YDIM", [], "-\(resolution)")
        }
      }
    }
    xml.element("Tile_Angles", [("metadataLevel", "Standard")]) {
      $0.element("Mean_Sun_Angle") {
        $0.element("ZENITH_ANGLE", [("unit", "deg")], "32.0")
        $0.element("AZIMUTH_ANGLE", [("unit", "deg")], "140.3")
      }
    }
  }
}
