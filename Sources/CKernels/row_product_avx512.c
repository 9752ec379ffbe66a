// The row kernel for AVX-512: 12 pixels x 32 outputs in 24 of the 32 registers.
#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx512f")))
#define LANES 16
#define GROUP 12

typedef __m512 vector;
#define load _mm512_loadu_ps
#define store _mm512_storeu_ps
#define splat _mm512_set1_ps
#define zero _mm512_setzero_ps
#define add _mm512_add_ps
#define multiply_add _mm512_fmadd_ps
#define maximum _mm512_max_ps
#define minimum _mm512_min_ps

#include "row_product_panels.h"

TARGET void supertile_row_avx512(const supertile_row_product *product) { multiply_row(product); }
#endif
