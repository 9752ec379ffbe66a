/// The two metadata files, shortened to what matters, with the prefixes and fields of the real ones.
extension SampleProduct {
  var userXML: String {
    let images = ["B02_10m", "B03_10m", "B04_10m", "TCI_10m", "B02_20m", "SCL_20m", "SCL_60m"].map {
      "<IMAGE_FILE>\(granule)/IMG_DATA/R\($0.suffix(3))/\(tile)_20240612T105031_\($0)</IMAGE_FILE>"
    }
    let offsets = offset.map { offset in
      "<BOA_ADD_OFFSET_VALUES_LIST>"
        + (0...12).map { "<BOA_ADD_OFFSET band_id=\"\($0)\">\(offset)</BOA_ADD_OFFSET>" }.joined()
        + "</BOA_ADD_OFFSET_VALUES_LIST>"
    }
    return """
      <?xml version="1.0" encoding="UTF-8" standalone="no"?>
      <n1:Level-2A_User_Product xmlns:n1="https://\(namespace).sentinel2.eo.esa.int/PSD/User_Product_Level-2A.xsd">
        <n1:General_Info>
          <Product_Info>
            <PRODUCT_START_TIME>2024-06-12T10:50:31.024Z</PRODUCT_START_TIME>
            <PRODUCT_URI>\(stem).SAFE</PRODUCT_URI>
            <PROCESSING_LEVEL>Level-2A</PROCESSING_LEVEL>
            <PRODUCT_TYPE>S2MSI2A</PRODUCT_TYPE>
            <PROCESSING_BASELINE>\(baseline)</PROCESSING_BASELINE>
            <GENERATION_TIME>2024-06-12T12:34:56.000000Z</GENERATION_TIME>
            <Datatake datatakeIdentifier="G\(mission)_20240612T105031_037958_N\(baseline)">
              <SPACECRAFT_NAME>Sentinel-\(mission.dropFirst())</SPACECRAFT_NAME>
              <DATATAKE_SENSING_START>2024-06-12T10:50:31.024Z</DATATAKE_SENSING_START>
              <SENSING_ORBIT_NUMBER>\(orbit)</SENSING_ORBIT_NUMBER>
            </Datatake>
            <Product_Organisation><Granule_List>
              <Granule granuleIdentifier="\(mission)_OPER_MSI_L2A_TL_2BPS_20240612T123456_A037958_\(tile)_N\(baseline)" \
      imageFormat="\(isTIFF ? "GeoTIFF" : "JPEG2000")">
                \(images.joined())
              </Granule>
            </Granule_List></Product_Organisation>
          </Product_Info>
          <Product_Image_Characteristics>
            <QUANTIFICATION_VALUES_LIST>
              <BOA_QUANTIFICATION_VALUE unit="none">10000</BOA_QUANTIFICATION_VALUE>
            </QUANTIFICATION_VALUES_LIST>
            \(offsets ?? "")
            <Spectral_Information_List>
              <Spectral_Information bandId="1" physicalBand="B2"/><Spectral_Information bandId="2" physicalBand="B3"/>
              <Spectral_Information bandId="3" physicalBand="B4"/><Spectral_Information bandId="7" physicalBand="B8"/>
            </Spectral_Information_List>
          </Product_Image_Characteristics>
        </n1:General_Info>
        <n1:Quality_Indicators_Info>
          <Cloud_Coverage_Assessment>33.333333</Cloud_Coverage_Assessment>
          <Image_Content_QI><NODATA_PIXEL_PERCENTAGE>25.0E0</NODATA_PIXEL_PERCENTAGE></Image_Content_QI>
        </n1:Quality_Indicators_Info>
      </n1:Level-2A_User_Product>

      """
  }

  var tileXML: String {
    """
    <?xml version="1.0" encoding="UTF-8" standalone="no"?>
    <n1:Level-2A_Tile_ID xmlns:n1="https://\(namespace).sentinel2.eo.esa.int/PSD/S2_PDI_Level-2A_Tile_Metadata.xsd">
      <n1:General_Info>
        <TILE_ID metadataLevel="Brief">\(mission)_OPER_MSI_L2A_TL_2BPS_20240612T123456_A037958_\(tile)_N\(baseline)</TILE_ID>
        <DATASTRIP_ID>\(mission)_OPER_MSI_L2A_DS_SGS__20240612T123456_S20240612T105026_N\(baseline)</DATASTRIP_ID>
        <SENSING_TIME metadataLevel="Standard">2024-06-12T10:52:03.581767Z</SENSING_TIME>
      </n1:General_Info>
      <n1:Geometric_Info>
        <Tile_Geocoding metadataLevel="Brief">
          <HORIZONTAL_CS_NAME>WGS84 / UTM zone 31N</HORIZONTAL_CS_NAME>
          <HORIZONTAL_CS_CODE>EPSG:32631</HORIZONTAL_CS_CODE>
          <Size resolution="10"><NROWS>120</NROWS><NCOLS>120</NCOLS></Size>
          <Size resolution="20"><NROWS>60</NROWS><NCOLS>60</NCOLS></Size>
          <Size resolution="60"><NROWS>20</NROWS><NCOLS>20</NCOLS></Size>
          <Geoposition resolution="10"><ULX>399960</ULX><ULY>4800000</ULY><XDIM>10</XDIM><YDIM>-10</YDIM></Geoposition>
          <Geoposition resolution="20"><ULX>399960</ULX><ULY>4800000</ULY><XDIM>20</XDIM><YDIM>-20</YDIM></Geoposition>
        </Tile_Geocoding>
      </n1:Geometric_Info>
    </n1:Level-2A_Tile_ID>

    """
  }
}
