#ifndef SUPERTILE_COPENBLAS_SHIM_H
#define SUPERTILE_COPENBLAS_SHIM_H
#include <cblas.h>
#endif
