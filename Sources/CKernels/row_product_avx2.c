// The row kernel for AVX2 and FMA: 6 pixels x 16 outputs in 12 of the 16 registers.
#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx2,fma")))
#define LANES 8
#define GROUP 6

typedef __m256 vector;
#define load _mm256_loadu_ps
#define store _mm256_storeu_ps
#define splat _mm256_set1_ps
#define zero _mm256_setzero_ps
#define add _mm256_add_ps
#define multiply_add _mm256_fmadd_ps
#define maximum _mm256_max_ps
#define minimum _mm256_min_ps

#include "row_product_panels.h"

TARGET void supertile_row_avx2(const supertile_row_product *product) { multiply_row(product); }
#endif
