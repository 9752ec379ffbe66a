// GDAL for Swift: its declarations, and a type for each of its functions that is used. The library itself is not linked:
// with the hundred libraries behind it, it takes 0.1 s and 30 MB of every process, also of those that open no raster.
// GDALLibrary.swift loads it with the first call.
#ifndef SUPERTILE_CGDAL_SHIM_H
#define SUPERTILE_CGDAL_SHIM_H
#include <gdal/cpl_conv.h>
#include <gdal/cpl_error.h>
#include <gdal/cpl_minixml.h>
#include <gdal/cpl_string.h>
#include <gdal/cpl_vsi.h>
#include <gdal/gdal.h>
#include <gdal/gdal_utils.h>
#include <gdal/ogr_srs_api.h>

#include <sys/stat.h>

#define SUPERTILE_TYPE(name) typedef __typeof__(&name) supertile_##name;
SUPERTILE_TYPE(CPLCloseFileInZip)
SUPERTILE_TYPE(CPLCloseZip)
SUPERTILE_TYPE(CPLCreateFileInZip)
SUPERTILE_TYPE(CPLCreateZip)
SUPERTILE_TYPE(CPLDestroyXMLNode)
SUPERTILE_TYPE(CPLErrorReset)
SUPERTILE_TYPE(CPLGetLastErrorMsg)
SUPERTILE_TYPE(CPLGetLastErrorType)
SUPERTILE_TYPE(CPLParseXMLString)
SUPERTILE_TYPE(CPLQuietErrorHandler)
SUPERTILE_TYPE(CPLSetConfigOption)
SUPERTILE_TYPE(CPLSetErrorHandler)
SUPERTILE_TYPE(CPLWriteFileInZip)
SUPERTILE_TYPE(CSLAddString)
SUPERTILE_TYPE(CSLCount)
SUPERTILE_TYPE(CSLDestroy)
SUPERTILE_TYPE(GDALAllRegister)
SUPERTILE_TYPE(GDALClose)
SUPERTILE_TYPE(GDALCreate)
SUPERTILE_TYPE(GDALCreateCopy)
SUPERTILE_TYPE(GDALGetBlockSize)
SUPERTILE_TYPE(GDALGetDatasetDriver)
SUPERTILE_TYPE(GDALGetDescription)
SUPERTILE_TYPE(GDALGetDriverByName)
SUPERTILE_TYPE(GDALGetDriverShortName)
SUPERTILE_TYPE(GDALGetGeoTransform)
SUPERTILE_TYPE(GDALGetMetadataItem)
SUPERTILE_TYPE(GDALGetOverview)
SUPERTILE_TYPE(GDALGetOverviewCount)
SUPERTILE_TYPE(GDALGetRasterBand)
SUPERTILE_TYPE(GDALGetRasterBandXSize)
SUPERTILE_TYPE(GDALGetRasterBandYSize)
SUPERTILE_TYPE(GDALGetRasterColorInterpretation)
SUPERTILE_TYPE(GDALGetRasterCount)
SUPERTILE_TYPE(GDALGetRasterDataType)
SUPERTILE_TYPE(GDALGetRasterNoDataValue)
SUPERTILE_TYPE(GDALGetRasterOffset)
SUPERTILE_TYPE(GDALGetRasterScale)
SUPERTILE_TYPE(GDALGetRasterXSize)
SUPERTILE_TYPE(GDALGetRasterYSize)
SUPERTILE_TYPE(GDALGetSpatialRef)
SUPERTILE_TYPE(GDALOpenEx)
SUPERTILE_TYPE(GDALRasterIO)
SUPERTILE_TYPE(GDALSetDescription)
SUPERTILE_TYPE(GDALSetGeoTransform)
SUPERTILE_TYPE(GDALSetMetadataItem)
SUPERTILE_TYPE(GDALSetRasterColorInterpretation)
SUPERTILE_TYPE(GDALSetRasterNoDataValue)
SUPERTILE_TYPE(GDALSetRasterOffset)
SUPERTILE_TYPE(GDALSetRasterScale)
SUPERTILE_TYPE(GDALSetSpatialRef)
SUPERTILE_TYPE(GDALVersionInfo)
SUPERTILE_TYPE(OCTDestroyCoordinateTransformation)
SUPERTILE_TYPE(OCTNewCoordinateTransformation)
SUPERTILE_TYPE(OCTTransform)
SUPERTILE_TYPE(OSRAutoIdentifyEPSG)
SUPERTILE_TYPE(OSRDestroySpatialReference)
SUPERTILE_TYPE(OSRGetAuthorityCode)
SUPERTILE_TYPE(OSRImportFromEPSG)
SUPERTILE_TYPE(OSRNewSpatialReference)
SUPERTILE_TYPE(OSRSetAxisMappingStrategy)
SUPERTILE_TYPE(VSIFCloseL)
SUPERTILE_TYPE(VSIFOpenL)
SUPERTILE_TYPE(VSIFReadL)
SUPERTILE_TYPE(VSIFSeekL)
SUPERTILE_TYPE(VSIFWriteL)
SUPERTILE_TYPE(VSIReadDirRecursive)
SUPERTILE_TYPE(VSIUnlink)

/// VSIStatBufL is `struct stat64`, which glibc hides from Swift; on 64-bit Linux `struct stat` is the same.
typedef int (*supertile_VSIStatL_stat)(const char *path, struct stat *status);
#endif
