// Vectors of 16 for AVX-512: what the kernels that are written once for every width are made of.
#include <immintrin.h>

#define TARGET __attribute__((target("avx512f")))
#define INLINE static inline TARGET __attribute__((always_inline))
#define LANES 16

typedef __m512 vector;
#define load _mm512_loadu_ps
#define store _mm512_storeu_ps
#define splat _mm512_set1_ps
#define zero _mm512_setzero_ps
#define add _mm512_add_ps
#define subtract _mm512_sub_ps
#define multiply _mm512_mul_ps
#define multiply_add _mm512_fmadd_ps
#define maximum _mm512_max_ps
#define minimum _mm512_min_ps
