// Vectors of 8 for AVX2 and FMA: what the kernels that are written once for every width are made of.
#include <immintrin.h>

#define TARGET __attribute__((target("avx2,fma")))
#define INLINE static inline TARGET __attribute__((always_inline))
#define LANES 8

typedef __m256 vector;
#define load _mm256_loadu_ps
#define store _mm256_storeu_ps
#define splat _mm256_set1_ps
#define zero _mm256_setzero_ps
#define add _mm256_add_ps
#define subtract _mm256_sub_ps
#define multiply _mm256_mul_ps
#define multiply_add _mm256_fmadd_ps
#define maximum _mm256_max_ps
#define minimum _mm256_min_ps
