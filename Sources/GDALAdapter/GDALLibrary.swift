internal import CGDAL
private import Foundation

/// The GDAL library, loaded with the first call of one of its functions.
private enum GDALLibrary {
  /// The library that the headers of this build belong to: GDAL 3.6 of Debian 12.
  private static let name = "libgdal.so.32"

  // Written once, before anybody reads it; never closed.
  private nonisolated(unsafe) static let handle: UnsafeMutableRawPointer = {
    guard let handle = dlopen(name, RTLD_LAZY | RTLD_GLOBAL) else { fail(String(cString: dlerror())) }
    return handle
  }()

  /// The function `symbol`, which has the type its header gives it (`supertile_<symbol>` in shim.h).
  static func function<Function>(_ symbol: String, _: Function.Type) -> Function {
    guard let address = dlsym(handle, symbol) else { fail("it has no \(symbol)") }
    return unsafeBitCast(address, to: Function.self)
  }

  private static func fail(_ reason: String) -> Never {
    FileHandle.standardError.write(Data("\(name) cannot be used: \(reason); install libgdal32\n".utf8))
    exit(1)
  }
}

// The functions under their own names, which hide the declarations that nothing is linked to.
let CPLCloseFileInZip = GDALLibrary.function("CPLCloseFileInZip", supertile_CPLCloseFileInZip.self)
let CPLCloseZip = GDALLibrary.function("CPLCloseZip", supertile_CPLCloseZip.self)
let CPLCreateFileInZip = GDALLibrary.function("CPLCreateFileInZip", supertile_CPLCreateFileInZip.self)
let CPLCreateZip = GDALLibrary.function("CPLCreateZip", supertile_CPLCreateZip.self)
let CPLDestroyXMLNode = GDALLibrary.function("CPLDestroyXMLNode", supertile_CPLDestroyXMLNode.self)
let CPLErrorReset = GDALLibrary.function("CPLErrorReset", supertile_CPLErrorReset.self)
let CPLGetLastErrorMsg = GDALLibrary.function("CPLGetLastErrorMsg", supertile_CPLGetLastErrorMsg.self)
let CPLGetLastErrorType = GDALLibrary.function("CPLGetLastErrorType", supertile_CPLGetLastErrorType.self)
let CPLParseXMLString = GDALLibrary.function("CPLParseXMLString", supertile_CPLParseXMLString.self)
let CPLQuietErrorHandler = GDALLibrary.function("CPLQuietErrorHandler", supertile_CPLQuietErrorHandler.self)
let CPLSetConfigOption = GDALLibrary.function("CPLSetConfigOption", supertile_CPLSetConfigOption.self)
let CPLSetErrorHandler = GDALLibrary.function("CPLSetErrorHandler", supertile_CPLSetErrorHandler.self)
let CPLSetThreadLocalConfigOption = GDALLibrary.function(
  "CPLSetThreadLocalConfigOption", supertile_CPLSetThreadLocalConfigOption.self)
let CPLWriteFileInZip = GDALLibrary.function("CPLWriteFileInZip", supertile_CPLWriteFileInZip.self)
let CSLAddString = GDALLibrary.function("CSLAddString", supertile_CSLAddString.self)
let CSLCount = GDALLibrary.function("CSLCount", supertile_CSLCount.self)
let CSLDestroy = GDALLibrary.function("CSLDestroy", supertile_CSLDestroy.self)
let GDALAllRegister = GDALLibrary.function("GDALAllRegister", supertile_GDALAllRegister.self)
let GDALBuildOverviews = GDALLibrary.function("GDALBuildOverviews", supertile_GDALBuildOverviews.self)
let GDALClose = GDALLibrary.function("GDALClose", supertile_GDALClose.self)
let GDALCreate = GDALLibrary.function("GDALCreate", supertile_GDALCreate.self)
let GDALCreateCopy = GDALLibrary.function("GDALCreateCopy", supertile_GDALCreateCopy.self)
let GDALGetBlockSize = GDALLibrary.function("GDALGetBlockSize", supertile_GDALGetBlockSize.self)
let GDALGetDatasetDriver = GDALLibrary.function("GDALGetDatasetDriver", supertile_GDALGetDatasetDriver.self)
let GDALGetDescription = GDALLibrary.function("GDALGetDescription", supertile_GDALGetDescription.self)
let GDALGetDriverByName = GDALLibrary.function("GDALGetDriverByName", supertile_GDALGetDriverByName.self)
let GDALGetDriverShortName = GDALLibrary.function("GDALGetDriverShortName", supertile_GDALGetDriverShortName.self)
let GDALGetFileList = GDALLibrary.function("GDALGetFileList", supertile_GDALGetFileList.self)
let GDALGetGeoTransform = GDALLibrary.function("GDALGetGeoTransform", supertile_GDALGetGeoTransform.self)
let GDALGetMaskBand = GDALLibrary.function("GDALGetMaskBand", supertile_GDALGetMaskBand.self)
let GDALGetMaskFlags = GDALLibrary.function("GDALGetMaskFlags", supertile_GDALGetMaskFlags.self)
let GDALGetMetadataItem = GDALLibrary.function("GDALGetMetadataItem", supertile_GDALGetMetadataItem.self)
let GDALGetOverview = GDALLibrary.function("GDALGetOverview", supertile_GDALGetOverview.self)
let GDALGetOverviewCount = GDALLibrary.function("GDALGetOverviewCount", supertile_GDALGetOverviewCount.self)
let GDALGetRasterBand = GDALLibrary.function("GDALGetRasterBand", supertile_GDALGetRasterBand.self)
let GDALGetRasterBandXSize = GDALLibrary.function("GDALGetRasterBandXSize", supertile_GDALGetRasterBandXSize.self)
let GDALGetRasterBandYSize = GDALLibrary.function("GDALGetRasterBandYSize", supertile_GDALGetRasterBandYSize.self)
let GDALGetRasterColorInterpretation = GDALLibrary.function(
  "GDALGetRasterColorInterpretation", supertile_GDALGetRasterColorInterpretation.self)
let GDALGetRasterCount = GDALLibrary.function("GDALGetRasterCount", supertile_GDALGetRasterCount.self)
let GDALGetRasterDataType = GDALLibrary.function("GDALGetRasterDataType", supertile_GDALGetRasterDataType.self)
let GDALGetRasterNoDataValue = GDALLibrary.function("GDALGetRasterNoDataValue", supertile_GDALGetRasterNoDataValue.self)
let GDALGetRasterOffset = GDALLibrary.function("GDALGetRasterOffset", supertile_GDALGetRasterOffset.self)
let GDALGetRasterScale = GDALLibrary.function("GDALGetRasterScale", supertile_GDALGetRasterScale.self)
let GDALGetRasterXSize = GDALLibrary.function("GDALGetRasterXSize", supertile_GDALGetRasterXSize.self)
let GDALGetRasterYSize = GDALLibrary.function("GDALGetRasterYSize", supertile_GDALGetRasterYSize.self)
let GDALGetSpatialRef = GDALLibrary.function("GDALGetSpatialRef", supertile_GDALGetSpatialRef.self)
let GDALOpenEx = GDALLibrary.function("GDALOpenEx", supertile_GDALOpenEx.self)
let GDALRasterIO = GDALLibrary.function("GDALRasterIO", supertile_GDALRasterIO.self)
let GDALSetDescription = GDALLibrary.function("GDALSetDescription", supertile_GDALSetDescription.self)
let GDALSetGeoTransform = GDALLibrary.function("GDALSetGeoTransform", supertile_GDALSetGeoTransform.self)
let GDALSetMetadataItem = GDALLibrary.function("GDALSetMetadataItem", supertile_GDALSetMetadataItem.self)
let GDALSetRasterColorInterpretation = GDALLibrary.function(
  "GDALSetRasterColorInterpretation", supertile_GDALSetRasterColorInterpretation.self)
let GDALSetRasterNoDataValue = GDALLibrary.function("GDALSetRasterNoDataValue", supertile_GDALSetRasterNoDataValue.self)
let GDALSetRasterOffset = GDALLibrary.function("GDALSetRasterOffset", supertile_GDALSetRasterOffset.self)
let GDALSetRasterScale = GDALLibrary.function("GDALSetRasterScale", supertile_GDALSetRasterScale.self)
let GDALSetSpatialRef = GDALLibrary.function("GDALSetSpatialRef", supertile_GDALSetSpatialRef.self)
let GDALVersionInfo = GDALLibrary.function("GDALVersionInfo", supertile_GDALVersionInfo.self)
let OCTDestroyCoordinateTransformation = GDALLibrary.function(
  "OCTDestroyCoordinateTransformation", supertile_OCTDestroyCoordinateTransformation.self)
let OCTNewCoordinateTransformation = GDALLibrary.function(
  "OCTNewCoordinateTransformation", supertile_OCTNewCoordinateTransformation.self)
let OCTTransform = GDALLibrary.function("OCTTransform", supertile_OCTTransform.self)
let OSRAutoIdentifyEPSG = GDALLibrary.function("OSRAutoIdentifyEPSG", supertile_OSRAutoIdentifyEPSG.self)
let OSRDestroySpatialReference = GDALLibrary.function(
  "OSRDestroySpatialReference", supertile_OSRDestroySpatialReference.self)
let OSRGetAuthorityCode = GDALLibrary.function("OSRGetAuthorityCode", supertile_OSRGetAuthorityCode.self)
let OSRGetAuthorityName = GDALLibrary.function("OSRGetAuthorityName", supertile_OSRGetAuthorityName.self)
let OSRGetLinearUnits = GDALLibrary.function("OSRGetLinearUnits", supertile_OSRGetLinearUnits.self)
let OSRImportFromEPSG = GDALLibrary.function("OSRImportFromEPSG", supertile_OSRImportFromEPSG.self)
let OSRNewSpatialReference = GDALLibrary.function("OSRNewSpatialReference", supertile_OSRNewSpatialReference.self)
let OSRSetAxisMappingStrategy = GDALLibrary.function(
  "OSRSetAxisMappingStrategy", supertile_OSRSetAxisMappingStrategy.self)
let VSIFCloseL = GDALLibrary.function("VSIFCloseL", supertile_VSIFCloseL.self)
let VSIFOpenL = GDALLibrary.function("VSIFOpenL", supertile_VSIFOpenL.self)
let VSIFReadL = GDALLibrary.function("VSIFReadL", supertile_VSIFReadL.self)
let VSIFSeekL = GDALLibrary.function("VSIFSeekL", supertile_VSIFSeekL.self)
let VSIFWriteL = GDALLibrary.function("VSIFWriteL", supertile_VSIFWriteL.self)
let VSIStatL = GDALLibrary.function("VSIStatL", supertile_VSIStatL_stat.self)
let VSIUnlink = GDALLibrary.function("VSIUnlink", supertile_VSIUnlink.self)
let GDALDatasetCreateLayer = GDALLibrary.function("GDALDatasetCreateLayer", supertile_GDALDatasetCreateLayer.self)
let GDALDatasetGetLayer = GDALLibrary.function("GDALDatasetGetLayer", supertile_GDALDatasetGetLayer.self)
let GDALDatasetGetLayerCount = GDALLibrary.function("GDALDatasetGetLayerCount", supertile_GDALDatasetGetLayerCount.self)
let GDALPolygonize = GDALLibrary.function("GDALPolygonize", supertile_GDALPolygonize.self)
let GDALRasterizeGeometries = GDALLibrary.function("GDALRasterizeGeometries", supertile_GDALRasterizeGeometries.self)
let OGR_F_Create = GDALLibrary.function("OGR_F_Create", supertile_OGR_F_Create.self)
let OGR_F_Destroy = GDALLibrary.function("OGR_F_Destroy", supertile_OGR_F_Destroy.self)
let OGR_F_GetFieldAsString = GDALLibrary.function("OGR_F_GetFieldAsString", supertile_OGR_F_GetFieldAsString.self)
let OGR_F_GetGeometryRef = GDALLibrary.function("OGR_F_GetGeometryRef", supertile_OGR_F_GetGeometryRef.self)
let OGR_F_IsFieldSetAndNotNull = GDALLibrary.function(
  "OGR_F_IsFieldSetAndNotNull", supertile_OGR_F_IsFieldSetAndNotNull.self)
let OGR_F_SetFrom = GDALLibrary.function("OGR_F_SetFrom", supertile_OGR_F_SetFrom.self)
let OGR_F_SetGeometryDirectly = GDALLibrary.function(
  "OGR_F_SetGeometryDirectly", supertile_OGR_F_SetGeometryDirectly.self)
let OGR_FD_GetFieldIndex = GDALLibrary.function("OGR_FD_GetFieldIndex", supertile_OGR_FD_GetFieldIndex.self)
let OGR_Fld_Create = GDALLibrary.function("OGR_Fld_Create", supertile_OGR_Fld_Create.self)
let OGR_Fld_Destroy = GDALLibrary.function("OGR_Fld_Destroy", supertile_OGR_Fld_Destroy.self)
let OGR_G_AddGeometry = GDALLibrary.function("OGR_G_AddGeometry", supertile_OGR_G_AddGeometry.self)
let OGR_G_AddGeometryDirectly = GDALLibrary.function(
  "OGR_G_AddGeometryDirectly", supertile_OGR_G_AddGeometryDirectly.self)
let OGR_G_Area = GDALLibrary.function("OGR_G_Area", supertile_OGR_G_Area.self)
let OGR_G_Boundary = GDALLibrary.function("OGR_G_Boundary", supertile_OGR_G_Boundary.self)
let OGR_G_Clone = GDALLibrary.function("OGR_G_Clone", supertile_OGR_G_Clone.self)
let OGR_G_ConvexHull = GDALLibrary.function("OGR_G_ConvexHull", supertile_OGR_G_ConvexHull.self)
let OGR_G_CreateGeometry = GDALLibrary.function("OGR_G_CreateGeometry", supertile_OGR_G_CreateGeometry.self)
let OGR_G_DestroyGeometry = GDALLibrary.function("OGR_G_DestroyGeometry", supertile_OGR_G_DestroyGeometry.self)
let OGR_G_ForceToMultiPolygon = GDALLibrary.function(
  "OGR_G_ForceToMultiPolygon", supertile_OGR_G_ForceToMultiPolygon.self)
let OGR_G_GetGeometryCount = GDALLibrary.function("OGR_G_GetGeometryCount", supertile_OGR_G_GetGeometryCount.self)
let OGR_G_GetGeometryName = GDALLibrary.function("OGR_G_GetGeometryName", supertile_OGR_G_GetGeometryName.self)
let OGR_G_GetGeometryRef = GDALLibrary.function("OGR_G_GetGeometryRef", supertile_OGR_G_GetGeometryRef.self)
let OGR_G_GetGeometryType = GDALLibrary.function("OGR_G_GetGeometryType", supertile_OGR_G_GetGeometryType.self)
let OGR_G_GetLinearGeometry = GDALLibrary.function("OGR_G_GetLinearGeometry", supertile_OGR_G_GetLinearGeometry.self)
let OGR_G_GetPointCount = GDALLibrary.function("OGR_G_GetPointCount", supertile_OGR_G_GetPointCount.self)
let OGR_G_GetX = GDALLibrary.function("OGR_G_GetX", supertile_OGR_G_GetX.self)
let OGR_G_GetY = GDALLibrary.function("OGR_G_GetY", supertile_OGR_G_GetY.self)
let OGR_G_Intersection = GDALLibrary.function("OGR_G_Intersection", supertile_OGR_G_Intersection.self)
let OGR_G_IsEmpty = GDALLibrary.function("OGR_G_IsEmpty", supertile_OGR_G_IsEmpty.self)
let OGR_G_IsValid = GDALLibrary.function("OGR_G_IsValid", supertile_OGR_G_IsValid.self)
let OGR_G_MakeValid = GDALLibrary.function("OGR_G_MakeValid", supertile_OGR_G_MakeValid.self)
let OGR_G_Segmentize = GDALLibrary.function("OGR_G_Segmentize", supertile_OGR_G_Segmentize.self)
let OGR_G_SetPoint_2D = GDALLibrary.function("OGR_G_SetPoint_2D", supertile_OGR_G_SetPoint_2D.self)
let OGR_G_SetPointCount = GDALLibrary.function("OGR_G_SetPointCount", supertile_OGR_G_SetPointCount.self)
let OGR_G_SimplifyPreserveTopology = GDALLibrary.function(
  "OGR_G_SimplifyPreserveTopology", supertile_OGR_G_SimplifyPreserveTopology.self)
let OGR_G_Transform = GDALLibrary.function("OGR_G_Transform", supertile_OGR_G_Transform.self)
let OGR_G_UnionCascaded = GDALLibrary.function("OGR_G_UnionCascaded", supertile_OGR_G_UnionCascaded.self)
let OGR_GT_Flatten = GDALLibrary.function("OGR_GT_Flatten", supertile_OGR_GT_Flatten.self)
let OGR_GT_IsSubClassOf = GDALLibrary.function("OGR_GT_IsSubClassOf", supertile_OGR_GT_IsSubClassOf.self)
let OGR_L_CreateFeature = GDALLibrary.function("OGR_L_CreateFeature", supertile_OGR_L_CreateFeature.self)
let OGR_L_CreateField = GDALLibrary.function("OGR_L_CreateField", supertile_OGR_L_CreateField.self)
let OGR_L_GetGeomType = GDALLibrary.function("OGR_L_GetGeomType", supertile_OGR_L_GetGeomType.self)
let OGR_L_GetLayerDefn = GDALLibrary.function("OGR_L_GetLayerDefn", supertile_OGR_L_GetLayerDefn.self)
let OGR_L_GetName = GDALLibrary.function("OGR_L_GetName", supertile_OGR_L_GetName.self)
let OGR_L_GetNextFeature = GDALLibrary.function("OGR_L_GetNextFeature", supertile_OGR_L_GetNextFeature.self)
let OGR_L_GetSpatialRef = GDALLibrary.function("OGR_L_GetSpatialRef", supertile_OGR_L_GetSpatialRef.self)
let OGR_L_ResetReading = GDALLibrary.function("OGR_L_ResetReading", supertile_OGR_L_ResetReading.self)
