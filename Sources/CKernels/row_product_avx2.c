// The row kernel for AVX2 and FMA: 6 pixels x 16 outputs in 12 of the 16 registers.
#if defined(__x86_64__)
#include "vectors_avx2.h"

#define GROUP 6

#include "row_product_panels.h"

TARGET void supertile_row_avx2(const supertile_row_product *product) { multiply_row(product); }
#endif
