// The row kernel for AVX-512: 12 pixels x 32 outputs in 24 of the 32 registers.
#if defined(__x86_64__)
#include "vectors_avx512.h"

#define GROUP 12

#include "row_product_panels.h"

TARGET void supertile_row_avx512(const supertile_row_product *product) { multiply_row(product); }
#endif
