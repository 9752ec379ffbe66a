// The Winograd kernels for AVX-512: vectors of 16, and a microkernel of 12 tiles x 32 outputs in 24 of the 32 registers.
#if defined(__x86_64__)
#include "vectors_avx512.h"

#define PANEL AVX512_PANEL
#define GROUP 12

#include "winograd_transforms.h"

/// m[12][32] = v[12][inputs] x u[inputs][32].
static TARGET void multiply_panel(size_t inputs, const float *restrict v, size_t v_stride, const float *restrict u,
                                  float *restrict m, size_t m_stride) {
  vector sums[GROUP][2];
#pragma GCC unroll 12
  for (size_t t = 0; t < GROUP; t++) sums[t][0] = sums[t][1] = zero();
  for (size_t input = 0; input < inputs; input++, u += PANEL) {
    const vector low = _mm512_load_ps(u), high = _mm512_load_ps(u + LANES);
#pragma GCC unroll 12
    for (size_t t = 0; t < GROUP; t++) {
      const vector value = splat(v[t * v_stride + input]);
      sums[t][0] = multiply_add(value, low, sums[t][0]);
      sums[t][1] = multiply_add(value, high, sums[t][1]);
    }
  }
#pragma GCC unroll 12
  for (size_t t = 0; t < GROUP; t++) {
    store(m + t * m_stride, sums[t][0]);
    store(m + t * m_stride + LANES, sums[t][1]);
  }
}

#define KERNEL_4X4 supertile_winograd_avx512_4x4
#define KERNEL_4X6 supertile_winograd_avx512_4x6
#define KERNEL_6X6 supertile_winograd_avx512_6x6
#include "winograd_shapes.h"
#endif
