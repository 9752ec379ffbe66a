// OpenBLAS for Swift: its declarations, and a type for each of its functions that is used. The library itself is not
// linked: it is wanted on machines alone that have no vector unit with a kernel of our own, and starts threads when it is
// loaded. OpenBLASLibrary.swift loads it with the first call.
#ifndef SUPERTILE_COPENBLAS_SHIM_H
#define SUPERTILE_COPENBLAS_SHIM_H
#include <cblas.h>

typedef __typeof__(&openblas_set_num_threads) supertile_openblas_set_num_threads;
typedef __typeof__(&cblas_sgemm) supertile_cblas_sgemm;
#endif
