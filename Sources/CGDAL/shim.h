// What Swift cannot import from GDAL by itself: variadic functions, function-like macros, and the
// initialiser macro of GDALRasterIOExtraArg.
#ifndef SUPERTILE_CGDAL_SHIM_H
#define SUPERTILE_CGDAL_SHIM_H
#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_minixml.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <gdal.h>
#include <gdal_alg.h>
#include <gdal_utils.h>
#include <ogr_api.h>
#include <ogr_srs_api.h>

#include <sys/stat.h>

/// Size and kind of a path in GDAL's virtual file system; -1 where there is none.
/// VSIStatBufL is `struct stat64`, which glibc hides from Swift; on 64-bit Linux `struct stat` is the same.
static inline int supertile_vsi_stat(const char *path, long long *size, int *is_directory) {
  struct stat buffer;
  if (VSIStatL(path, (VSIStatBufL *)&buffer) != 0) return -1;
  *size = (long long)buffer.st_size;
  *is_directory = S_ISDIR(buffer.st_mode) ? 1 : 0;
  return 0;
}
#endif
