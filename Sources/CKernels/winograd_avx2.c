// The Winograd kernels for AVX2 and FMA: vectors of 8, and a microkernel of 6 tiles x 16 outputs in 12 of the 16 registers.
#if defined(__x86_64__)
#include "vectors_avx2.h"

#define PANEL AVX2_PANEL
#define GROUP 6

#include "winograd_transforms.h"

/// m[6][16] = v[6][inputs] x u[inputs][16].
static TARGET void multiply_panel(size_t inputs, const float *restrict v, size_t v_stride, const float *restrict u,
                                  float *restrict m, size_t m_stride) {
  vector sums[GROUP][2];
#pragma GCC unroll 6
  for (size_t t = 0; t < GROUP; t++) sums[t][0] = sums[t][1] = zero();
  for (size_t input = 0; input < inputs; input++, u += PANEL) {
    const vector low = _mm256_load_ps(u), high = _mm256_load_ps(u + LANES);
#pragma GCC unroll 6
    for (size_t t = 0; t < GROUP; t++) {
      const vector value = _mm256_broadcast_ss(v + t * v_stride + input);
      sums[t][0] = multiply_add(value, low, sums[t][0]);
      sums[t][1] = multiply_add(value, high, sums[t][1]);
    }
  }
#pragma GCC unroll 6
  for (size_t t = 0; t < GROUP; t++) {
    store(m + t * m_stride, sums[t][0]);
    store(m + t * m_stride + LANES, sums[t][1]);
  }
}

#define KERNEL_4X4 supertile_winograd_avx2_4x4
#define KERNEL_4X6 supertile_winograd_avx2_4x6
#define KERNEL_6X6 supertile_winograd_avx2_6x6
#include "winograd_shapes.h"
#endif
